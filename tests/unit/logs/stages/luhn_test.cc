#include "agent/logs/stages/luhn.h"

#include <gtest/gtest.h>

#include "tests/unit/logs/stages/harness.h"

namespace agent::logs {
namespace {

TEST(LuhnStage, RedactsNumbersThatPassTheCheck) {
  expect_outcomes({
      {"card", "- luhn: {}", "card 4539578763621486 end", {"card **REDACTED** end"}},
      {"at both ends",
       "- luhn: {replacement: '#'}",
       "4539578763621486,79927398713,4539578763621486",
       {"#,79927398713,#"}},
      {"check digit", "- luhn: {}", "4539578763621487", {"4539578763621487"}},
      {"13 digits", "- luhn: {replacement: '#'}", "4222222222222", {"#"}},
      {"12 digits", "- luhn: {}", "422222222228 000000000000", {"422222222228 000000000000"}},
      {"min_length at", "- luhn: {min_length: 11, replacement: '#'}", "79927398713", {"#"}},
      {"min_length past", "- luhn: {min_length: 12}", "79927398713", {"79927398713"}},
      {"min_length below 1 is the default",
       "- luhn: {min_length: 0}",
       "79927398713",
       {"79927398713"}},
      {"63 bits",
       "- luhn: {replacement: '#'}",
       "9223372036854775791 9223372036854775809",
       {"# 9223372036854775809"}},
      {"leading zeros do not count",
       "- luhn: {replacement: '#'}",
       "00000000000000000000000000004539578763621486",
       {"#"}},
      {"zeros", "- luhn: {replacement: '#'}", "0000000000000", {"#"}},
      {"without delimiters", "- luhn: {}", "4539 5787 6362 1486", {"4539 5787 6362 1486"}},
      {"with delimiters",
       "- luhn: {delimiters: ' -', replacement: '#'}",
       "c 4539 5787-6362--1486 end 4539 5787-",
       {"c # end 4539 5787-"}},
      {"delimiter at the end",
       "- luhn: {delimiters: ' -', replacement: '#'}",
       "4539578763621486-",
       {"#-"}},
      {"delimiter beyond ASCII",
       "- luhn: {delimiters: \"\\u2013\", replacement: '#'}",
       "4539\xe2\x80\x93"
       "578763621486\xe2\x80\x93\xe2\x80\xa6",
       {"#\xe2\x80\x93\xe2\x80\xa6"}},
      {"skip_regex",
       "- luhn: {skip_regex: 'id=\\d+', replacement: '#'}",
       "id=4539578763621486 n=4539578763621486",
       {"id=4539578763621486 n=#"}},
      {"skip_regex has to hold all of it",
       "- luhn: {skip_regex: '\\d{8}', replacement: '#'}",
       "4539578763621486",
       {"#"}},
      {"bytes that are no UTF-8",
       "- luhn: {delimiters: '-', replacement: '#'}",
       "\xff"
       "4539578763621486\xe2",
       {"\xff#\xe2"}},
  });
}

TEST(LuhnStage, PutsTheSourceInTheLine) {
  constexpr const char* kStages =
      "- json: {expressions: {pan: }}\n- luhn: {source: pan, replacement: '#'}";
  expect_outcomes({
      {"text", kStages, R"({"pan":"n 4539578763621486"})", {"n #"}},
      {"number", kStages, R"({"pan":4539578763621486})", {"#"}},
      {"nothing to redact", kStages, R"({"pan":"none"})", {"none"}},
      {"null", kStages, R"({"pan":null})", {R"({"pan":null})"}},
  });
}

TEST(LuhnStage, RefusesBadOptions) {
  expect_outcomes({
      {"source",
       "- luhn: {source: ''}",
       "",
       {"stages.yaml:1:18: stages[0].luhn.source: source must not be empty"}},
      {"skip_regex",
       "- luhn: {skip_regex: '('}",
       "",
       {"stages.yaml:1:22: stages[0].luhn.skip_regex: \"(\" is no regular expression: missing ): "
        "("}},
      {"replacement",
       "- luhn: {replacement: 1}",
       "",
       {"stages.yaml:1:23: stages[0].luhn.replacement: text is asked here; put 1 in quotes"}},
  });
}

}  // namespace
}  // namespace agent::logs
