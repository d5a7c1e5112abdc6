#include <gtest/gtest.h>

#include "tests/unit/logs/stages/template/render.h"

namespace agent::logs::templates {
namespace {

struct Case {
  const char *text, *result;
};

template <std::size_t Count>
void expect_all(const Case (&cases)[Count]) {
  for (const Case& c : cases) {
    SCOPED_TRACE(c.text);
    EXPECT_EQ(render(c.text), c.result);
  }
}

TEST(TemplateLanguage, TextAndTrimming) {
  const Case cases[] = {
      {"", ""},
      {"plain } } {", "plain } } {"},
      {"x {{- .a -}} y", "xhelloy"},
      {"x  \n{{- .a }} y", "xhello y"},
      {"{{ .a -}}  \n\t y", "helloy"},
      {"{{- -3 }} {{-3}}", "-3 -3"},
      {"{{/* c */}}x{{- /* d */ -}} y", "xy"},
      {"{{/* over\nlines */}}x", "x"},
      {"{{ \"}}\" }}{{ `{{` }}", "}}{{"},
      {"{{.a|upper}}{{`x`|upper}}{{(.a)|upper}}", "HELLOXHELLO"},
  };
  expect_all(cases);
}

TEST(TemplateLanguage, Literals) {
  const Case cases[] = {
      {R"({{ "\u00e9\x41\101\t\\" }})", "\u00e9AA\t\\"},
      {R"({{ `raw\n"x"` }})", R"(raw\n"x")"},
      {"{{ 'a' }} {{ '\u00e9' }} {{ '\\n' }} {{ '\\'' }}", "97 233 10 39"},
      {"{{ 1_000 }} {{ 0x1F }} {{ 0b11 }} {{ 0o17 }} {{ 017 }} {{ +3 }} {{ -0x1F }}",
       "1000 31 3 15 15 3 -31"},
      {"{{ 1.5 }} {{ .5 }} {{ 1e3 }} {{ 1e6 }} {{ 1e21 }} {{ 1.5e-7 }} {{ 0x1p4 }} {{ -0.0 }}",
       "1.5 0.5 1000 1e+06 1e+21 1.5e-07 16 -0"},
      {"{{ true }} {{ false }}", "true false"},
      {"{{ typeOf 1 }} {{ typeOf 1.0 }} {{ typeOf 'a' }} {{ typeOf 1e3 }}",
       "int float64 int float64"},
      {"{{ 9223372036854775808 }}", "error: 1:4: the number overflows int"},
  };
  expect_all(cases);
}

TEST(TemplateLanguage, Fields) {
  const Case cases[] = {
      {"{{ .a }}-{{ .b }}-{{ .Value }}-{{ .Entry }}", "hello--VAL-the line"},
      {"{{ .missing }} {{ .missing.b.c }}", "<no value> <no value>"},
      {"{{ .a.b }}", "error: 1:4: this value has no such field"},
      {"{{ (fromJson .j).x.y }}", "[1 2.5 <nil> s true]"},
      {"{{ (fromJson .j).z }} {{ (fromJson .j).q.r }}", "<no value> <no value>"},
      {"{{ (fromJson .j).z.q }}", "error: 1:4: a null has no fields"},
      {"{{ (dict \"x\" 1).x }} {{ (.missing).x }}", "1 <no value>"},
      {"{{ print .missing nil }} {{ len . }}", "<nil> <nil> 9"},
      {"{{ . | kindOf }} {{ typeOf . }} {{ with . }}{{ .a }}{{ end }}",
       "map map[string]interface {} hello"},
      {"{{ $_ := set . \"new\" \"v\" }}{{ .new }}{{ .a }}", "vhello"},
      {"{{ $.a }}{{ with .a }}{{ $.n }}{{ . }}{{ end }}", "hello42hello"},
      {"{{ .\u00e9 }}", "<no value>"},
  };
  expect_all(cases);
}

TEST(TemplateLanguage, PipesAndVariables) {
  const Case cases[] = {
      {"{{ 1 | add 2 | mul 3 }}", "9"},
      {"{{ .a | }}", "hello"},
      {"{{ .missing | default \"x\" | upper }}", "X"},
      {"{{ .missing | upper }}", "error: 1:15: there is no value where one is needed"},
      {"{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ $y := 3 }}{{ end }}{{ $x }}", "2"},
      {"{{ $x := 1 }}{{ if $x := 2 }}{{ $x }}{{ end }}{{ $x }}", "21"},
      {"{{ $x:=.a }}{{ $x }}", "hello"},
      {"{{ $q = 1 }}", "error: 1:9: undefined variable"},
      {"{{ print ($x := 5) $x }}", "5 5"},
      {"{{ $x := .missing }}{{ $x.y }}", "<no value>"},
      {"{{ .a 1 }}", "error: 1:4: arguments are given to what is no method"},
      {"{{ 1 2 }}", "error: 1:4: arguments are given to what is no function"},
      {"{{ nil }}", "error: 1:4: nil is no command"},
      {"{{ trunc 3 }}", "error: 1:4: wrong number of arguments"},
      {"{{ trunc (add 1 2) .a }}", "error: 1:10: an int is needed here"},
      {"{{ trunc \"3\" .a }}", "error: 1:10: an int is needed here"},
      {"{{ ternary 1 2 \"true\" }}", "error: 1:16: a boolean is needed here"},
      {"a\n {{ upper\n 3 }}", "error: 3:2: a text is needed here"},
      {"{{ and 0 (index (list) 9) }} {{ or 1 (index (list) 9) }}", "0 1"},
  };
  expect_all(cases);
}

TEST(TemplateLanguage, Choices) {
  const Case cases[] = {
      {"{{ if .b }}x{{ else if .a }}y{{ else }}z{{ end }}", "y"},
      {"{{ if .b }}x{{ else if .missing }}y{{ else }}z{{ end }}", "z"},
      {"{{ if and (hasPrefix \"he\" .a) (not (contains \"x\" .a)) }}yes{{ end }}", "yes"},
      {"{{ if 0 }}a{{ end }}{{ if 0.0 }}b{{ end }}{{ if list }}c{{ end }}{{ if dict }}d{{ end }}",
       ""},
      {"{{ with .a }}{{ . }}{{ else }}none{{ end }}", "hello"},
      {"{{ with .b }}{{ . }}{{ else }}{{ .n }}{{ end }}", "42"},
      {"{{ with \"\" }}a{{ else with .a }}{{ . }}{{ else }}c{{ end }}", "hello"},
      {"{{ with $x := .a }}{{ $x }}{{ end }}", "hello"},
  };
  expect_all(cases);
}

TEST(TemplateLanguage, Loops) {
  const Case cases[] = {
      {"{{ range splitList \",\" .l }}<{{ . }}>{{ end }}", "<a><b><><c>"},
      {"{{ range $i, $v := list 7 8 }}{{ $i }}={{ $v }};{{ end }}", "0=7;1=8;"},
      {"{{ range $v := list 7 8 }}{{ $v }}{{ . }} {{ end }}", "77 88 "},
      {"{{ range $k, $v := dict \"b\" 1 \"a\" 2 }}{{ $k }}{{ $v }}{{ end }}", "a2b1"},
      {"{{ $i := 0 }}{{ $v := 0 }}{{ range $i, $v = list 5 6 }}{{ end }}{{ $i }}{{ $v }}", "16"},
      {"{{ range list 1 2 3 }}{{ if eq . 2 }}{{ continue }}{{ end }}{{ . }}{{ end }}", "13"},
      {"{{ range list 1 2 3 }}{{ if eq . 2 }}{{ break }}{{ end }}{{ . }}{{ end }}", "1"},
      {"{{ range list }}x{{ else }}{{ .a }}{{ end }}", "hello"},
      {"{{ range .missing }}x{{ else }}none{{ end }}", "none"},
      {"{{ range 3 }}{{ . }}{{ end }}{{ range 0 }}x{{ else }}e{{ end }}", "012e"},
      {"{{ range $i, $v := 3 }}{{ end }}",
       "error: 1:4: a number has no second variable to iterate over"},
      {"{{ range .a }}{{ end }}", "error: 1:4: range cannot iterate over this"},
      {"{{ $s := \"\" }}{{ range $i, $p := splitList \",\" .l }}{{ $s = printf \"%s[%d%s]\" $s $i "
       "$p "
       "}}{{ end }}{{ $s }}",
       "[0a][1b][2][3c]"},
      {"{{ $d := dict \"a\" 1 }}{{ range $k, $v := $d }}{{ $_ := set $d \"b\" 2 }}{{ $k }}{{ end "
       "}}{{ "
       "$d }}",
       "amap[a:1 b:2]"},
  };
  expect_all(cases);
}

TEST(TemplateLanguage, Definitions) {
  const Case cases[] = {
      {R"({{ define "w" }}<{{ . }}>{{ end }}{{ template "w" .a }}{{ template "w" }})",
       "<hello><<no value>>"},
      {R"({{ template "late" . }}{{ define "late" }}{{ $.n }}{{ .a }}{{ end }})", "42hello"},
      {R"({{ block "x" .a }}[{{ . }}]{{ end }})", "[hello]"},
      {R"({{ define "x" }} {{ end }}{{ define "x" }}b{{ end }}{{ template "x" }})", "b"},
      {R"({{ define "f" }}{{ if gt . 0 }}{{ . }}{{ template "f" (int (sub . 1)) }}{{ end }}{{ end }}{{ template "f" 3 }})",
       "321"},
      {R"({{ template "x" }})", "error: 1:4: this template is not defined"},
  };
  expect_all(cases);
}

// What Promtail refuses to start with, and where it is.
TEST(TemplateLanguage, RefusesWhatCannotBeRead) {
  const Case cases[] = {
      {"{{ foo .a }}", "refused: 1:4: function \"foo\" is not defined"},
      {"x\n  {{ toLowr .a }}",
       "refused: 2:6: function \"toLowr\" is not defined; did you mean \"ToLower\"?"},
      {"{{ $z }}", "refused: 1:4: undefined variable \"$z\""},
      {"{{ with $y := 5 }}{{ end }}{{ $y }}", "refused: 1:31: undefined variable \"$y\""},
      {"{{ .a ", "refused: 1:7: unclosed action"},
      {"{{ (.a }}", "refused: 1:8: unclosed left parenthesis"},
      {"{{ .a ) }}", "refused: 1:7: unexpected right parenthesis"},
      {"{{ \"x }}", "refused: 1:4: unterminated quoted string"},
      {"{{ `x }}", "refused: 1:4: unterminated raw quoted string"},
      {"{{ \"\\z\" }}", "refused: 1:4: invalid syntax in a text"},
      {"{{ 'ab' }}", "refused: 1:4: illegal number: 'ab'"},
      {"{{ 0x }}", "refused: 1:4: illegal number: 0x"},
      {"{{ 5x }}", "refused: 1:4: bad number syntax: \"5x\""},
      {"{{ 99999999999999999999 }}", "refused: 1:4: illegal number: 99999999999999999999"},
      {"{{ }}", "refused: 1:4: missing value for command"},
      {"{{ if }}x{{ end }}", "refused: 1:7: missing value for if"},
      {"{{ if true }}", "refused: 1:14: unexpected end of the template in if"},
      {"{{ end }}", "refused: 1:8: unexpected {{end}}"},
      {"{{ else }}", "refused: 1:9: unexpected {{else}}"},
      {"{{ if true }}a{{ else }}b{{ else }}c{{ end }}",
       "refused: 1:34: expected end; found {{else}}"},
      {"{{ with .a }}{{ else if .b }}{{ end }}", "refused: 1:22: unexpected \"if\" in else"},
      {"{{ break }}", "refused: 1:4: {{break}} outside {{range}}"},
      {"{{ range list }}{{ else }}{{ continue }}{{ end }}",
       "refused: 1:30: {{continue}} outside {{range}}"},
      {"{{ .a | 3 }}", "refused: 1:9: non executable command in pipeline stage 2"},
      {"{{ \"a\".b }}", "refused: 1:7: unexpected . behind a constant"},
      {"{{ .a, .b }}", "refused: 1:6: unexpected \",\" in operand"},
      {"{{ with $x, $y := .a }}{{ end }}", "refused: 1:9: too many declarations in with"},
      {"{{ range $i, 3 := list }}{{ end }}", "refused: 1:14: range can only initialize variables"},
      {"{{ template x }}", "refused: 1:13: unexpected \"x\" in template clause"},
      {"{{ define \"x\" }}", "refused: 1:17: unexpected end of the template in define clause"},
      {"{{ if 1 }}{{ define \"x\" }}{{ end }}{{ end }}",
       "refused: 1:14: unexpected \"define\" in operand"},
      {R"({{ define "x" }}a{{ end }}{{ define "x" }}b{{ end }})",
       "refused: 1:30: multiple definition of template \"x\""},
      {"{{/* a */ }}", "refused: 1:10: comment ends before closing delimiter"},
      {"{{/* a }}", "refused: 1:1: unclosed comment"},
      {"{{ .a @ }}", "refused: 1:7: unexpected \"@\" in operand"},
      {"{{ .a- }}", "refused: 1:6: bad character '-'"},
  };
  expect_all(cases);
}

}  // namespace
}  // namespace agent::logs::templates
