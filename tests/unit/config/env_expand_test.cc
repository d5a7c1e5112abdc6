#include "agent/config/env_expand.h"

#include <map>
#include <string>

#include <gtest/gtest.h>

namespace agent::config {
namespace {

std::optional<std::string> lookup(const std::string& name) {
  static const std::map<std::string, std::string> kVariables{
      {"HOST", "Node-1"}, {"EMPTY", ""}, {"PATHS", "/var/log/app.log"},
      {"WORD", "banana"}, {"TWO", "2"},  {"MINUS", "-3"},
      {"LOUD", "STOP"},
  };
  const auto at = kVariables.find(name);
  if (at == kVariables.end()) return std::nullopt;
  return at->second;
}

TEST(ExpandEnvironment, KnowsEveryForm) {
  const struct {
    const char *name, *text, *expanded;
  } cases[] = {
      {"no variable", "a: b", "a: b"},
      {"empty text", "", ""},
      {"plain", "x ${HOST} y", "x Node-1 y"},
      {"unset is empty", "[${NOPE}]", "[]"},
      {"without braces it stays", "$HOST", "$HOST"},
      {"dollar at the end", "a$", "a$"},
      {"default :- unset", "${NOPE:-d}", "d"},
      {"default :- empty", "${EMPTY:-d}", "d"},
      {"default :- set", "${HOST:-d}", "Node-1"},
      {"default :=", "${NOPE:=d}", "d"},
      {"default =", "${NOPE=d}", "d"},
      {"default :? is a default too", "${NOPE:?d}", "d"},
      {"default :+ is a default too", "${NOPE:+d}", "d"},
      {"default :+ of a set one", "${HOST:+d}", "Node-1"},
      {"empty default", "[${NOPE:-}]", "[]"},
      {"default with a colon", "${NOPE:-http://x:1}", "http://x:1"},
      {"backslash in a default stays", "${NOPE:-a\\\\b}", "a\\\\b"},
      {"dollar twice in a default stays", "${NOPE:-a$$b}", "a$$b"},
      {"several in a default", "${NOPE:-${TWO}x${WORD}}", "2xbanana"},
      {"default = of an empty one", "${EMPTY=d}", "d"},
      {"default :? of a set one", "${HOST:?d}", "Node-1"},
      {"nested", "${NOPE:-<${NADA:-${HOST}}>}", "<Node-1>"},
      {"lower first", "${LOUD,}", "sTOP"},
      {"lower all", "${LOUD,,}", "stop"},
      {"upper first", "${WORD^}", "Banana"},
      {"upper all", "${WORD^^}", "BANANA"},
      {"upper of nothing", "[${EMPTY^}]", "[]"},
      {"length", "${#WORD}", "6"},
      {"length of nothing", "${#NOPE}", "0"},
      {"from a position", "${WORD:2}", "nana"},
      {"from the length", "[${WORD:6}]", "[]"},
      {"past the length", "[${WORD:7}]", "[]"},
      {"position and length", "${WORD:1:3}", "ana"},
      {"length past the end", "${WORD:4:99}", "na"},
      {"negative position", "${WORD:-2}", "banana"},  // :- is a default
      {"negative position, blank", "${WORD: -2}", "banana"},
      {"position from the end", "${WORD:${MINUS}}", "ana"},
      {"position from the end and length", "${WORD:${MINUS}:2}", "an"},
      {"position before the start", "${TWO:${MINUS}}", "2"},
      {"position that is empty", "${WORD:${NOPE}}", "banana"},
      {"position from a variable", "${WORD:${TWO}}", "nana"},
      {"text instead of a position, unset", "${NOPE:text}", "text"},
      {"text instead of a position, set", "${HOST:text}", "Node-1"},
      {"text with a colon", "${NOPE:http://x}", "http://x"},
      {"text instead of a length", "${WORD:1:x}", "banana"},
      {"shortest prefix", "${PATHS#*/}", "var/log/app.log"},
      {"longest prefix", "${PATHS##*/}", "app.log"},
      {"shortest suffix", "${PATHS%/*}", "/var/log"},
      {"longest suffix", "[${PATHS%%/*}]", "[]"},
      {"one character", "${WORD#?}", "anana"},
      {"class", "${WORD#[a-c]}", "anana"},
      {"negated class", "${WORD#[^b]}", "banana"},
      {"no match", "${WORD#x}", "banana"},
      {"replace first", "${WORD/an/-}", "b-ana"},
      {"replace all", "${WORD//an/-}", "b--a"},
      {"replace by nothing", "${WORD//an/}", "ba"},
      {"replace at the start", "${WORD/#ba/x}", "xnana"},
      {"replace at the start, elsewhere only", "${WORD/#an/x}", "banana"},
      {"replace at the end", "${WORD/%na/x}", "banax"},
      {"escaped slash in a replacement", "${PATHS//\\//:}", ":var:log:app.log"},
      {"dollar twice", "a$$b", "a$b"},
      {"dollar thrice before a brace", "$$${HOST}", "$Node-1"},
      {"dollar four times", "$$$$", "$$"},
      {"backslash thrice", "a\\\\\\d", "a\\\\d"},
      {"dollar twice before a brace", "$${HOST}", "${HOST}"},
      {"backslash twice", "a\\\\d", "a\\d"},
      {"backslash and slash", "a\\/b", "a/b"},
      {"other backslashes stay", "a\\d", "a\\d"},
      {"newlines stay", "a: ${HOST}\nb: ${WORD}\n", "a: Node-1\nb: banana\n"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto expanded = expand_environment(c.text, "f.yml", lookup);
    ASSERT_TRUE(expanded) << expanded.error().message;
    EXPECT_EQ(*expanded, c.expanded);
  }
}

TEST(ExpandEnvironment, NamesThePlaceOfBadSyntax) {
  const struct {
    const char *name, *text, *place;
  } cases[] = {
      {"not closed", "a\nb: ${HOST", "f.yml:2:4: "},
      {"no name", "${}", "f.yml:1:3: "},
      {"blank in the name", "x ${HO ST}", "f.yml:1:3: "},
      {"no pattern", "${HOST#}", "f.yml:1:1: "},
      {"no position", "${HOST:}", "f.yml:1:1: "},
      {"no position but a length", "${HOST::2}", "f.yml:1:1: "},
      {"no length", "${HOST:1:}", "f.yml:1:1: "},
      {"a default without a colon", "x ${HOST-d}", "f.yml:1:9: a default is written ${NAME:-text}"},
      {"an alternative without a colon", "${HOST+d}", "f.yml:1:7: a default is written"},
      {"one slash only", "${HOST/a}", "f.yml:1:1: "},
      {"default not closed", "${HOST:-", "f.yml:1:1: "},
      {"length not closed", "${#HOST", "f.yml:1:1: "},
      {"unknown operator", "${HOST@Q}", "f.yml:1:1: "},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto expanded = expand_environment(c.text, "f.yml", lookup);
    ASSERT_FALSE(expanded) << *expanded;
    EXPECT_EQ(expanded.error().kind, ErrorKind::Config);
    EXPECT_TRUE(expanded.error().message.starts_with(c.place)) << expanded.error().message;
  }
}

TEST(ExpandEnvironment, RefusesEndlessNesting) {
  std::string at_limit = "x";
  for (int i = 0; i < 64; ++i)
    at_limit = "${N:-" + at_limit + "}";
  EXPECT_TRUE(expand_environment(at_limit, "f", lookup));
  EXPECT_FALSE(expand_environment("${N:-" + at_limit + "}", "f", lookup));
}

}  // namespace
}  // namespace agent::config
