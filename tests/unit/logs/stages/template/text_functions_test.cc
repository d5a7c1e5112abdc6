#include <gtest/gtest.h>

#include "tests/unit/logs/stages/template/render.h"

namespace agent::logs::templates {
namespace {

// What Go's text/template and sprig 3.3.0 make of the same expressions.
TEST(TemplateFunctions, OfTexts) {
  const struct {
    const char *expression, *result;
  } cases[] = {
      {R"(Replace .a "l" "L" 1)", R"(heLlo)"},
      {R"(Replace .a "l" "L" -1)", R"(heLLo)"},
      {R"(Replace .a "" "-" 3)", R"(-h-e-llo)"},
      {R"(Replace .a "" "-" -1)", R"(-h-e-l-l-o-)"},
      {R"(Replace "" "" "x" -1)", R"(x)"},
      {R"(Replace .a "l" "" 0)", R"(hello)"},
      {R"(ToLower "ABC")", R"(abc)"},
      {R"(ToLower .u)", R"(żółć é)"},
      {R"(ToUpper "straße ǆ")", R"(STRAßE Ǆ)"},
      {R"(Trim .a "ho")", R"(ell)"},
      {R"(Trim .u "Żé")", R"(ółć )"},
      {R"(TrimLeft .a "he")", R"(llo)"},
      {R"(TrimPrefix .a "he")", R"(llo)"},
      {R"(TrimRight .a "lo")", R"(he)"},
      {R"(TrimSpace " \t x\u00a0 \n")", R"(x)"},
      {R"(TrimSuffix .a "lo")", R"(hel)"},
      {R"(contains "ell" .a)", R"(true)"},
      {R"(hasPrefix "he" .a)", R"(true)"},
      {R"(hasSuffix "lo" .a)", R"(true)"},
      {R"(lower "ABC")", R"(abc)"},
      {R"(lower .u)", R"(żółć é)"},
      {R"(repeat 3 .a)", R"(hellohellohello)"},
      {R"(repeat 0 .a)", R"()"},
      {R"(repeat -1 .a)", R"(error)"},
      {R"(replace "l" "L" .a)", R"(heLLo)"},
      {R"(substr 1 3 .a)", R"(el)"},
      {R"(substr -1 3 .a)", R"(hel)"},
      {R"(substr 1 -1 .a)", R"(ello)"},
      {R"(substr 1 50 .a)", R"(ello)"},
      {R"(substr 3 1 .a)", R"(error)"},
      {R"(substr 9 -1 .a)", R"(error)"},
      {R"(title "hello wORLD foo_bar foo-bar 9ab żab")", R"(Hello WORLD Foo_bar Foo-Bar 9ab Żab)"},
      {R"(title "hello wORLD foo_bar foo-bar 9ab")", R"(Hello WORLD Foo_bar Foo-Bar 9ab)"},
      {R"(toString 1)", R"(1)"},
      {R"(toString nil)", R"(<nil>)"},
      {R"(toString (list 1 "a"))", R"([1 a])"},
      {R"(toString true)", R"(true)"},
      {R"(trim "  x ")", R"(x)"},
      {R"(trimAll "$" "$5.00$")", R"(5.00)"},
      {R"(trimPrefix "-" "-x-")", R"(x-)"},
      {R"(trimSuffix "-" "-x-")", R"(-x)"},
      {R"(trimall "-" "-x-")", R"(x)"},
      {R"(trunc 2 .a)", R"(he)"},
      {R"(trunc -2 .a)", R"(lo)"},
      {R"(trunc 50 .a)", R"(hello)"},
      {R"(trunc -50 .a)", R"(hello)"},
      {R"(trunc 0 .a)", R"()"},
      {R"(trunc 2.0 .a)", R"(he)"},
      {R"(upper .a)", R"(HELLO)"},
      {R"(upper .u)", R"(ŻÓŁĆ É)"},
      {R"((upper .a | lower).x)", R"(error)"},
      {R"(abbrev 5 "hello world")", R"(he...)"},
      {R"(abbrev 3 "hello")", R"(hello)"},
      {R"(abbrev 50 "hello")", R"(hello)"},
      {R"(abbrevboth 5 10 "1234 5678 9123 4567 8912")", R"(...5678...)"},
      {R"(abbrevboth 3 10 "1234 5678 9123")", R"(1234 56...)"},
      {R"(abbrevboth 20 10 "1234 5678 9123 4567")", R"(...23 4567)"},
      {R"(cat .a 1 nil true "x")", R"(hello 1 true x)"},
      {R"(cat)", R"()"},
      {R"(indent 2 "a\nb\n")", R"(  a
  b
  )"},
      {R"(nindent 2 "a\nb")", R"(
  a
  b)"},
      {R"(nospace " a b\tc ")", R"(abc)"},
      {R"(nospace .u)", R"(Å»Ã³ÅÄÃ©)"},
      {R"(nospace "nothing")", R"(nothing)"},
      {R"(plural "one" "many" 1)", R"(one)"},
      {R"(plural "one" "many" 0)", R"(many)"},
      {R"(quote .a 1 nil .missing true 2.5 "x\"y")", R"("hello" "1" "true" "2.5" "x\"y")"},
      {R"(quote)", R"()"},
      {R"(squote .a 1 nil "it's")", R"('hello' '1' 'it's')"},
      {R"(wrap 5 "hello there my friend verylongword x")", R"(hello
there
my
friend
verylongword
x)"},
      {R"(wrap 0 "ab")", R"(ab)"},
      {R"(wrapWith 5 "|" "hello there my friend verylongword x")",
       R"(hello|there|my|frien|d|veryl|ongwo|rd x)"},
      {R"(wrapWith 5 "|" "hello there verylongword x")", R"(hello|there|veryl|ongwo|rd x)"},
      {R"(camelcase "some_words")", R"(SomeWords)"},
      {R"(camelcase "http_server")", R"(HttpServer)"},
      {R"(camelcase "no_https")", R"(NoHttps)"},
      {R"(camelcase "_complex__case_")", R"(_Complex_Case_)"},
      {R"(camelcase "some words")", R"(SomeWords)"},
      {R"(camelcase "GOLANG_IS_GREAT")", R"(GolangIsGreat)"},
      {R"(initials "First Try of it")", R"(FToi)"},
      {R"(initials .u)", R"(ÅÃ)"},
      {R"(kebabcase "FirstName")", R"(first-name)"},
      {R"(kebabcase "HTTPServer")", R"(http-server)"},
      {R"(kebabcase "http_server")", R"(http-server)"},
      {R"(snakecase "FirstName")", R"(first_name)"},
      {R"(snakecase "HTTPServer")", R"(http_server)"},
      {R"(snakecase "NoHTTPS")", R"(no_https)"},
      {R"(snakecase "GO_PATH")", R"(go_path)"},
      {R"(snakecase "GO PATH")", R"(go_path)"},
      {R"(snakecase "GO-PATH")", R"(go_path)"},
      {R"(swapcase "aBc dEF é")", R"(AbC Def É)"},
      {R"(untitle "Hello World")", R"(hello world)"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.expression);
    EXPECT_EQ(evaluate(c.expression), c.result);
  }
}

}  // namespace
}  // namespace agent::logs::templates
