#include "agent/logs/stages/jmespath.h"

#include <gtest/gtest.h>

namespace agent::logs {
namespace {

constexpr std::string_view kDocument = R"({
  "a": {"b": {"c": 1}}, "n": [3, 1, 2], "s": "text", "f": false, "z": null, "e": [],
  "people": [{"name": "bob", "age": 30}, {"name": "ann", "age": 20}, {"age": 40}],
  "nested": [[1, 2], [3, [4]], 5], "x-y": 1, "words": ["b", "a"], "o": {"k": 1, "l": 2}})";

std::string evaluate(std::string_view expression) {
  auto compiled = JmesPath::compile(expression);
  if (!compiled) return "refused";
  codec::JsonPool pool;
  const auto root = codec::parse_json(kDocument, pool);
  const auto value = compiled->evaluate(*root, pool);
  if (!value) return "error";
  std::string out;
  codec::append_json(out, *value);
  return out;
}

TEST(JmesPath, EvaluatesExpressions) {
  const struct {
    const char *expression, *result;
  } cases[] = {
      {"a.b.c", "1"},
      {"a.b.x.y", "null"},
      {"@.a.b", R"({"c":1})"},
      {"\"x-y\"", "1"},
      {"n[0]", "3"},
      {"n[-1]", "2"},
      {"n[3]", "null"},
      {"n[1:]", "[1,2]"},
      {"n[::-1]", "[2,1,3]"},
      {"n[-2:]", "[1,2]"},
      {"n[:99:9223372036854775807]", "[3]"},
      {"n[::0]", "error"},
      {"s[1:]", "null"},
      {"people[*].name", R"(["bob","ann"])"},
      {"people[*].name | [0]", "\"bob\""},
      {"people[?age > `25`].age", "[30,40]"},
      {"people[?name == 'ann'] | [0].age", "20"},
      {"people[].age", "[30,20,40]"},
      {"nested[]", "[1,2,3,[4],5]"},
      {"nested[][]", "[1,2,3,4,5]"},
      {"o.*", "[1,2]"},
      {"*.b", R"([{"c":1}])"},
      {"[s, f]", R"(["text",false])"},
      {"{x: s, \"y z\": f}", R"({"x":"text","y z":false})"},
      {"z.[s]", "null"},
      {"f || s", "\"text\""},
      {"e && s", "[]"},
      {"!e", "true"},
      {"(f || s) == 'text'", "true"},
      {"s < `1`", "null"},
      {"n == `[3,1,2]`", "true"},
      {"'it\\'s'", "\"it's\""},
      {"`\"q\"`", "\"q\""},
      {"length(s)", "4"},
      {"length(n)", "3"},
      {"length(f)", "error"},
      {"sort(n)", "[1,2,3]"},
      {"sort(words)", R"(["a","b"])"},
      {"sort_by(people, &age)[0].age", "20"},
      {"sort_by(people, &name)", "error"},
      {"max_by(people, &age).age", "40"},
      {"min(n)", "1"},
      {"max(e)", "null"},
      {"avg(n)", "2"},
      {"avg(e)", "null"},
      {"sum(words)", "error"},
      {"join('-', words)", "\"b-a\""},
      {"map(&age, people)", "[30,20,40]"},
      {"merge(o, `{\"k\":9}`)", R"({"k":9,"l":2})"},
      {"keys(o)", R"(["k","l"])"},
      {"values(o)", "[1,2]"},
      {"contains(words, 'a')", "true"},
      {"contains(s, 'ex')", "true"},
      {"contains(f, 'x')", "error"},
      {"reverse(s)", "\"txet\""},
      {"to_number('12.5')", "12.5"},
      {"to_number('x')", "null"},
      {"to_string(n)", R"("[3,1,2]")"},
      {"to_array(s)", R"(["text"])"},
      {"type(z)", "\"null\""},
      {"not_null(z, s)", "\"text\""},
      {"abs(`-1`)", "1"},
      {"ceil(`1.2`)", "2"},
      {"floor(`-1.2`)", "-2"},
      {"starts_with(s, 'te')", "true"},
      {"nosuch(s)", "error"},
      {"abs()", "error"},
      {"abs(&s)", "error"},
  };
  for (const auto& c : cases)
    EXPECT_EQ(evaluate(c.expression), c.result) << c.expression;
}

TEST(JmesPath, RefusesWhatIsNoExpression) {
  for (const char* expression :
       {"",   ".a",  "a.",  "a[",         "b[[",  "a]",  "a b", "a..b",
        "[",  "{}",  "{a}", "a[1",        "a[x]", "`{`", "'x",  "\"x",
        "a(", "a(b", "#",   "n[1:2:3:4]", "a ||", "!",   "(a",  "\"a\"(b)"})
    EXPECT_FALSE(JmesPath::compile(expression)) << expression;
  EXPECT_FALSE(JmesPath::compile(std::string(100'000, '(')));
  EXPECT_FALSE(JmesPath::compile("a" + std::string(100'000, '[') + "]"));
}

TEST(JmesPath, KnowsPlainChains) {
  EXPECT_EQ(JmesPath::compile("a.b[0].c")->as_path()->size(), 4U);
  EXPECT_FALSE(JmesPath::compile("a[*].c")->as_path());
  EXPECT_FALSE(JmesPath::compile("a[1:]")->as_path());
  EXPECT_EQ(JmesPath::compile("foo(a)")->unknown_functions(), std::vector<std::string>{"foo"});
}

}  // namespace
}  // namespace agent::logs
