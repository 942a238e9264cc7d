# Postern. Each target works from a bare Debian 12 with git and make: what is missing is installed first.

FUZZ_SECONDS ?= 600
PREFIX ?= /usr/local
DESTDIR ?=

.PHONY: all run bootstrap test long install bench suites differential fuzz docs clean

all: build/build.ninja
	@ninja -C build

# Judges the messages in examples/, offline, with the answers that lie beside them. Then starts posternd on loopback, with its
# state under ./var, sends it the same messages by milter, and stays until it is interrupted.
run: all
	@for mail in examples/*.eml; do \
	    build/postern check --trusted-sealer lists.example --answers "$${mail%.eml}.answers" "$$mail" || exit; \
	done
	@echo "A mail of your own: build/postern check --from-trace FILE    (build/postern check --help tells more)"
	@exec tools/run-gate build

bootstrap:
	@tools/bootstrap tools/packages.txt

build/build.ninja: | bootstrap
	meson setup build

build-asan/build.ninja: | bootstrap
	meson setup build-asan -Db_sanitize=address,undefined -Db_lundef=false

# The plain build and the one under AddressSanitizer and UndefinedBehaviorSanitizer; the last line counts both.
test: all build-asan/build.ninja
	@tools/bootstrap tools/packages-test.txt
	ninja -C build-asan
	@rm -f build/meson-logs/testlog.json build-asan/meson-logs/testlog.json
	-meson test -C build --no-rebuild
	-meson test -C build-asan --no-rebuild
	@tools/count-tests build/meson-logs/testlog.json build-asan/meson-logs/testlog.json

# What can't be installed beside the rest, or takes long: Sendmail, a hundred kills.
long: all
	@tools/bootstrap tools/packages-test.txt
	@for test in tests/long/*; do echo "# $$test"; $$test build/tests/echo_milter build/postern || exit; done

install: all
	meson configure build --prefix=$(PREFIX)
	DESTDIR=$(DESTDIR) meson install -C build

# One line a public suite: "rfc7208 203/203".
suites: all
	@tools/run-suites build

# The parts of messages through GMime, and the same messages and answers through opendkim, python3-dkim, python3-spf and
# python3-authres: every disagreement has to be explained (tests/differential/explained-mime, explained). Then what posternd signs behind Postfix.
differential: all
	@tools/bootstrap tests/differential/packages.txt
	@tools/bootstrap tools/packages-test.txt
	ninja -C build tests/probe tests/mime_probe
	tests/differential/mime build/tests/mime_probe
	tests/differential/run build/postern build/tests/probe
	tests/differential/signed build/posternd build/postern

# One line a figure: "name value unit floor ratio", and build/bench.json. Built with optimisation and without sanitizers.
bench: all
	@tools/run-bench build

# Every target of fuzz/ for FUZZ_SECONDS each, under libFuzzer and the sanitizers.
fuzz: bootstrap
	@tools/bootstrap tools/packages-fuzz.txt
	[ -f build-fuzz/build.ninja ] || \
	  CC=clang meson setup build-fuzz -Dfuzzer=true -Db_sanitize=address,undefined -Db_lundef=false
	ninja -C build-fuzz
	@tools/run-fuzz build-fuzz $(FUZZ_SECONDS)

# What the documentation takes from tables in the code.
docs: all
	build/src/tables limits > docs/LIMITS.md

clean:
	rm -rf build build-asan build-fuzz
