#include <gtest/gtest.h>

#include "tests/unit/logs/stages/template/render.h"

namespace agent::logs::templates {
namespace {

// What Go's text/template and sprig 3.3.0 make of the same expressions.
TEST(TemplateFunctions, BuiltIn) {
  const struct {
    const char *expression, *result;
  } cases[] = {
      {R"(index (splitList "," .l) 1)", R"(b)"},
      {R"(index (dict "x" (list 1 2)) "x" 1)", R"(2)"},
      {R"(index (list 1 2) "x")", R"(error)"},
      {R"(index (list 1 2) -1)", R"(error)"},
      {R"(index (dict "a" 1) 1)", R"(error)"},
      {R"(index (dict) nil)", R"(error)"},
      {R"(len .a | plural "one" "many")", R"(many)"},
      {R"(len (dict "a" 1))", R"(1)"},
      {R"(len (list))", R"(0)"},
      {R"(len .u)", R"(11)"},
      {R"(len)", R"(error)"},
      {R"(not true | not)", R"(true)"},
      {R"(print (list nil))", R"([<nil>])"},
      {R"(print)", R"()"},
      {R"(print "a" 1 2 "b" "c" 3)", R"(a1 2bc3)"},
      {R"(print . .a | len)", R"(145)"},
      {R"(print (nil))", R"(error)"},
      {R"((print "x").y)", R"(error)"},
      {R"(println)", R"(
)"},
      {R"(html 5 "a" nil)", R"(5a&lt;no value&gt;)"},
      {R"(js .u)", R"(Żółć é)"},
      {R"(js "\u2028\u00a0\U0001F600\n\t")", R"(\u2028\u00A0😀\u000A\u0009)"},
      {R"(js "")", R"()"},
      {R"(urlquery .u)", R"(%C5%BB%C3%B3%C5%82%C4%87+%C3%A9)"},
      {R"(urlquery "/~._-*")", R"(%2F~._-%2A)"},
      {R"(eq true true)", R"(true)"},
      {R"(eq true 1)", R"(error)"},
      {R"(eq 1.5 1.5)", R"(true)"},
      {R"(eq "a")", R"(error)"},
      {R"(eq (dict) (dict))", R"(error)"},
      {R"(eq (list) nil)", R"(false)"},
      {R"(ne nil nil)", R"(false)"},
      {R"(lt 1.5 2.5)", R"(true)"},
      {R"(lt true false)", R"(error)"},
      {R"(lt (list) (list))", R"(error)"},
      {R"(lt (int64 1) 2)", R"(true)"},
      {R"(le "a" nil)", R"(error)"},
      {R"(gt 2 1)", R"(true)"},
      {R"(ge 1 2)", R"(false)"},
      {R"(and)", R"(error)"},
      {R"(or .b .a)", R"(hello)"},
      {R"(or false "" 0)", R"(0)"},
      {R"(call .a)", R"(error)"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.expression);
    EXPECT_EQ(evaluate(c.expression), c.result);
  }
}

TEST(TemplateFunctions, Printf) {
  const struct {
    const char *expression, *result;
  } cases[] = {
      {R"(printf "%s|%v|%q" (toDate "2006" "2021") (toDate "2006" "2021") (toDate "2006" "2021"))",
       R"(2021-01-01 00:00:00 +0000 UTC|2021-01-01 00:00:00 +0000 UTC|"2021-01-01 00:00:00 +0000 UTC")"},
      {R"(printf "%5d|%-5d|%05d|%+d|% d|%x|%X|%#x|%o|%#o|%O|%b|%c|%q|%U|%#U" 42 42 42 42 42 255 255 255 8 8 8 5 65 65 65 65)",
       R"(   42|42   |00042|+42| 42|ff|FF|0xff|10|010|0o10|101|A|'A'|U+0041|U+0041 'A')"},
      {R"(printf "%5s|%-5s|%05s|%.2s|%5.1s|%q|%x|% x|%X|%#x|%# x|%#q|%+q" "ab" "ab" "ab" "abc" "abc" "a\"b" "hi" "hi" "hi" "hi" "hi" "hi" "hé")",
       R"(   ab|ab   |000ab|ab|    a|"a\"b"|6869|68 69|6869|0x6869|0x68 0x69|`hi`|"h\u00e9")"},
      {R"(printf "%t|%v|%5t|%-7t|" true false true false)", R"(true|false| true|false  |)"},
      {R"(printf "%v|%d|%s|%q|%x" (list 1 "a" 2.5) (list 1 "a" 2.5) (list 1 "a" 2.5) (list 1 "a" 2.5) (list 1 "a" 2.5))",
       R"([1 a 2.5]|[1 %!d(string=a) %!d(float64=2.5)]|[%!s(int=1) a %!s(float64=2.5)]|['\x01' "a" %!q(float64=2.5)]|[1 61 0x1.4p+01])"},
      {R"(printf "%v|%s|%d" (dict "b" 1 "a" "x") (dict "b" 1 "a" "x") (dict "b" 1 "a" "x"))",
       R"(map[a:x b:1]|map[a:x b:%!s(int=1)]|map[%!d(string=a):%!d(string=x) %!d(string=b):1])"},
      {R"(printf "%T %T %T %T %T %T" 1 "a" nil 1.5 (list) (dict))",
       R"(int string <nil> float64 []interface {} map[string]interface {})"},
      {R"(printf "%T" (split "," "a"))", R"(map[string]string)"},
      {R"(printf "%[2]d %[1]d" 1 2)", R"(2 1)"},
      {R"(printf "%[3]d" 1)", R"(%!d(BADINDEX))"},
      {R"(printf "%[x]d" 1)", R"(%!d(BADINDEX))"},
      {R"(printf "%[1]d %d %[1]d" 1 2)", R"(1 2 1)"},
      {R"(printf "%[2]*[1]d" 1 5)", R"(    1)"},
      {R"(printf "%*d" 5 42)", R"(   42)"},
      {R"(printf "%-*d|" 5 42)", R"(42   |)"},
      {R"(printf "%*d" "x" 42)", R"(%!(BADWIDTH)42)"},
      {R"(printf "%.*f" 2 3.14159)", R"(3.14)"},
      {R"(printf "%.*f" "x" 3.1)", R"(%!(BADPREC)3.100000)"},
      {R"(printf "%.*f" -1 3.1)", R"(%!(BADPREC)3.100000)"},
      {R"(printf "%")", R"(%!(NOVERB))"},
      {R"(printf "%%")", R"(%)"},
      {R"(printf "%5%")", R"(%)"},
      {R"(printf "a%" 1)", R"(a%!(NOVERB)%!(EXTRA int=1))"},
      {R"(printf "" 1)", R"(%!(EXTRA int=1))"},
      {R"(printf "%d%%" 50)", R"(50%)"},
      {R"(printf "%d" nil)", R"(%!d(<nil>))"},
      {R"(printf "%s" nil)", R"(%!s(<nil>))"},
      {R"(printf "%v" nil)", R"(<nil>)"},
      {R"(printf "%s" 1)", R"(%!s(int=1))"},
      {R"(printf "%d" "x")", R"(%!d(string=x))"},
      {R"(printf "%d" 1.5)", R"(%!d(float64=1.5))"},
      {R"(printf "%f" 1)", R"(%!f(int=1))"},
      {R"(printf "%t" 1)", R"(%!t(int=1))"},
      {R"(printf "%s" true)", R"(%!s(bool=true))"},
      {R"(printf "%5d" "ab")", R"(%!d(string=   ab))"},
      {R"(printf "%x" 1.5 | len)", R"(9)"},
      {R"(printf "%c" "a")", R"(%!c(string=a))"},
      {R"(printf "%.0d|%.5d|%8.5d|%-8.5d|%08.5d|%+.3d" 0 42 42 42 42 42)",
       R"(|00042|   00042|00042   |   00042|+042)"},
      {R"(printf "%d" -42)", R"(-42)"},
      {R"(printf "%05d" -42)", R"(-0042)"},
      {R"(printf "%x" -255)", R"(-ff)"},
      {R"(printf "%+x" 255)", R"(+ff)"},
      {R"(printf "%08b" 5)", R"(00000101)"},
      {R"(printf "%#b" 5)", R"(0b101)"},
      {R"(printf "%+05d" 42)", R"(+0042)"},
      {R"(printf "%-05d|" 42)", R"(42   |)"},
      {R"(printf "%c|%c|%q|%q|%U" 0x4E16 128512 0x4E16 10 0x1F600)", R"(世|😀|'世'|'\n'|U+1F600)"},
      {R"(printf "%s %s" "a")", R"(a %!s(MISSING))"},
      {R"(printf "%s" "a" "b" 3)", R"(a%!(EXTRA string=b, int=3))"},
      {R"(printf "%!s" "a")", R"(%!!(string=a)s)"},
      {R"(printf "%z")", R"(%!z(MISSING))"},
      {R"(printf "%é" 1)", R"(%!é(int=1))"},
      {R"(printf "%6.2f|%6.2f|%6.2f" 1.005 -1.005 100000.5)", R"(  1.00| -1.00|100000.50)"},
      {R"(printf "%.3f" 2.0005)", R"(2.001)"},
      {R"(printf "%.0f" 0.5)", R"(0)"},
      {R"(printf "%.0f" 1.5)", R"(2)"},
      {R"(printf "%v" 0.1)", R"(0.1)"},
      {R"(printf "%v" 1e-5)", R"(1e-05)"},
      {R"(printf "%v" 0.0001)", R"(0.0001)"},
      {R"(printf "%.10g" 100000.0)", R"(100000)"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.expression);
    EXPECT_EQ(evaluate(c.expression), c.result);
  }
}

}  // namespace
}  // namespace agent::logs::templates
