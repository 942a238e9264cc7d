# Postern. `make test` does everything from a bare Debian 12 with git and make.

.PHONY: all bootstrap test clean

all: build/build.ninja
	ninja -C build

bootstrap:
	@tools/bootstrap

build/build.ninja: | bootstrap
	meson setup build

build-asan/build.ninja: | bootstrap
	meson setup build-asan -Db_sanitize=address,undefined -Db_lundef=false

# The plain build and the one under AddressSanitizer and UndefinedBehaviorSanitizer; the last line counts both.
test: all build-asan/build.ninja
	ninja -C build-asan
	-meson test -C build --no-rebuild
	-meson test -C build-asan --no-rebuild
	@tools/count-tests build/meson-logs/testlog.json build-asan/meson-logs/testlog.json

clean:
	rm -rf build build-asan
