/* test_language.c: languages by script and by frequent words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "content/skeleton.h"
#include "data.h"

static const struct {
    const char *text, *code;
} rows[] = {
    {"", ""},
    {"12345", ""},
    {"iPhone 15 Pro Max 256 GB", ""},
    {"The order that you have made with us is on its way to the address you gave", "en"},
    {"Sehr geehrte Kundin, wir haben die Bestellung erhalten und bearbeiten sie für Sie", "de"},
    {"Bonjour, nous avons bien reçu votre commande et nous vous remercions pour la confiance", "fr"},
    {"Hola, hemos recibido el pedido que usted hizo en nuestra tienda y lo enviamos por correo", "es"},
    {"Ciao, abbiamo ricevuto il tuo ordine e lo spediamo con il corriere che hai scelto", "it"},
    {"Olá, o seu pedido já foi recebido e não se esqueça de que a entrega é até amanhã", "pt"},
    {"Beste klant, wij hebben uw bestelling ontvangen en sturen deze zo snel als het kan naar u", "nl"},
    {"Dzień dobry, to jest potwierdzenie, że zamówienie zostało przyjęte i jest w drodze do Państwa", "pl"},
    {"Hej, vi har fått din order och den är på väg till dig med posten", "sv"},
    {"Здравствуйте, ваш заказ принят и скоро будет отправлен на example.com", "ru"},
    {"Доброго дня, ваше замовлення прийнято і вже їде до вас", "uk"},
    {"Καλημέρα, η παραγγελία σας είναι στο δρόμο", "el"},
    {"ご注文ありがとうございます。商品は明日発送されます", "ja"},
    {"您好，您的订单已收到，明天发货 https://www.example.com/order", "zh"},
    {"주문해 주셔서 감사합니다", "ko"},
    {"شكرا لك على طلبك", "ar"},
    {"תודה על ההזמנה שלך", "he"},
    {"ขอบคุณสำหรับการสั่งซื้อ", "th"},
    {"आपके ऑर्डर के लिए धन्यवाद", "hi"},
};

static void ignore(void *of, const struct phrase_match *match)
{
    (void)of;
    (void)match;
}

static void test_rows(void **state)
{
    struct arena *arena = arena_new();
    struct phrases *phrases = phrases_new(arena);
    struct lures lures;

    (void)state;
    data_lures(&lures, phrases, arena);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        str text = str_from(rows[i].text);
        struct phrases_pass pass = {.found = ignore};
        enum language language = language_of_script(text);

        phrases_find(phrases, skeleton(text, SIZE_MAX, arena, NULL), &pass);
        if (language == LANGUAGE_UNKNOWN)
            language = language_of_words(pass.languages, pass.words);
        if (strcmp(language_code(language), rows[i].code))
            fail_msg("\"%s\" is \"%s\"", rows[i].text, language_code(language));
    }
    arena_free(arena);
}

static void test_codes(void **state)
{
    (void)state;
    for (enum language i = 1; i < LANGUAGES; i++)
        assert_int_equal(language_of_code(str_from(language_code(i))), i);
    assert_int_equal(language_of_code(S("xx")), LANGUAGE_UNKNOWN);
    assert_int_equal(language_of_code(S("")), LANGUAGE_UNKNOWN);
    assert_true(LANGUAGES <= 32); /* bits of a mark */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows), cmocka_unit_test(test_codes)};

    return cmocka_run_group_tests_name("language", tests, NULL, NULL);
}
