#include <gtest/gtest.h>

#include "tests/unit/logs/stages/template/render.h"

namespace agent::logs::templates {
namespace {

TEST(TemplateLimits, HostileTemplatesFailWithAReason) {
  const struct {
    const char *name, *text, *failure;
  } cases[] = {
      {"calls itself", R"({{ define "t" }}{{ template "t" }}{{ end }}{{ template "t" }})",
       "nested too deep"},
      {"the main one calls itself", R"({{ template "pipeline_template" . }})", "nested too deep"},
      {"long loop", "{{ range until 10000 }}{{ range until 10000 }}{{ end }}{{ end }}",
       "too much work for one line"},
      {"long list", "{{ until 1000000000 | len }}", "too much work for one line"},
      {"number as a loop", "{{ range 1000000000 }}{{ end }}", "too much work for one line"},
      {"long text", "{{ repeat 1000000000 \"x\" }}", "the result is too large"},
      {"text that doubles",
       "{{ $x := \"x\" }}{{ range until 64 }}{{ $x = print $x $x }}{{ end }}{{ len $x }}",
       "the result is too large"},
      {"list that doubles",
       "{{ $x := list 1 }}{{ range until 64 }}{{ $x = list $x $x }}{{ end }}{{ $x }}",
       "too much work for one line"},
      {"map in itself", "{{ $d := dict }}{{ $_ := set $d \"d\" $d }}{{ $d }}", "nested too deep"},
      {"JSON of a map in itself", "{{ $d := dict }}{{ $_ := set $d \"d\" $d }}{{ toJson $d }}",
       "nested too deep"},
      {"comparing maps in themselves",
       "{{ $d := dict }}{{ $_ := set $d \"d\" $d }}{{ $e := dict }}{{ $_ := set $e \"d\" $e }}"
       "{{ deepEqual $d $e }}",
       "nested too deep"},
      {"width", "{{ range until 100 }}{{ printf \"%999999d\" 1 }}{{ end }}",
       "the result is too large"},
      {"indent", "{{ indent 4000000 (repeat 100 \"\\n\") }}", "the result is too large"},
      {"replacement", "{{ regexReplaceAll \"x\" (repeat 100000 \"x\") (repeat 10000 \"y\") }}",
       "the result is too large"},
      {"output", "{{ $x := repeat 1000000 \"x\" }}{{ range until 100 }}{{ $x }}{{ end }}",
       "the result is too large"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const std::string out = render(c.text);
    EXPECT_TRUE(out.starts_with("error: ")) << out.substr(0, 100);
    EXPECT_TRUE(out.ends_with(c.failure)) << out.substr(0, 100);
  }
}

TEST(TemplateLimits, DeepTextsAreRefused) {
  std::string groups;
  std::string ifs;
  for (int i = 0; i < 100'000; ++i) {
    groups += '(';
    ifs += "{{ if 1 }}";
  }
  EXPECT_EQ(render("{{ " + groups).substr(0, 30), "refused: 1:100004: unclosed ac");
  EXPECT_EQ(render("{{ " + groups + "1" + std::string(100'000, ')') + " }}"),
            "refused: 1:503: nested too deep");
  EXPECT_TRUE(render(ifs).ends_with("nested too deep"));
}

TEST(TemplateLimits, AChainOfElseIfsIsFine) {
  std::string text = "{{ if eq .n \"0\" }}0";
  for (int i = 1; i < 200; ++i)
    text += "{{ else if eq .n \"" + std::to_string(i) + "\" }}" + std::to_string(i);
  EXPECT_EQ(render(text + "{{ end }}"), "42");
}

TEST(TemplateLimits, ARunAfterAFailureStartsAnew) {
  auto compiled =
      Template::compile("{{ if .fails }}{{ index (list) 1 }}{{ else }}{{ .a }}{{ end }}");
  ASSERT_TRUE(compiled);
  Evaluator evaluator(*compiled);
  const MapFields good(Texts{{"a", "x"}});
  const MapFields bad(Texts{{"fails", "y"}});
  EXPECT_EQ(evaluator.run(good, kRunTime), "x");
  EXPECT_EQ(evaluator.run(bad, kRunTime), std::nullopt);
  EXPECT_EQ(evaluator.failure().what, "the index is out of range");
  EXPECT_EQ(evaluator.failure().column, 19U);
  EXPECT_EQ(evaluator.run(good, kRunTime), "x");
}

TEST(TemplateLimits, ABatchHasABudget) {
  auto compiled = Template::compile("{{ range until 9000 }}{{ end }}x");
  ASSERT_TRUE(compiled);
  Evaluator evaluator(*compiled);
  const MapFields fields(Texts{});
  const auto count_runs = [&] {
    evaluator.start_batch();
    int runs = 0;
    while (runs < 10'000 && evaluator.run(fields, kRunTime))
      ++runs;
    return runs;
  };
  const int runs = count_runs();
  EXPECT_GT(runs, 10);
  EXPECT_LT(runs, 10'000);
  EXPECT_EQ(evaluator.failure().what, "too much work for one line");
  EXPECT_EQ(count_runs(), runs);
}

}  // namespace
}  // namespace agent::logs::templates
