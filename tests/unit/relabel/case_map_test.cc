#include "agent/relabel/case_map.h"

#include <gtest/gtest.h>

namespace agent::relabel {
namespace {

TEST(CaseMap, MapsCodePointByCodePoint) {
  const struct {
    const char *name, *text, *lower, *upper;
  } cases[] = {
      {"ascii", "aBc-1", "abc-1", "ABC-1"},
      {"empty", "", "", ""},
      {"latin", "ÉMILE çar", "émile çar", "ÉMILE ÇAR"},
      {"sharp s has no single capital", "straße", "straße", "STRAßE"},
      {"dotted capital I", "İ", "i", "İ"},
      {"dotless small i", "ı", "ı", "I"},
      {"final sigma is not special", "ΣΑΣ", "σασ", "ΣΑΣ"},
      {"greek iota subscript", "ᾳ", "ᾳ", "ᾼ"},
      {"every second letter: the capital one", "Ā", "ā", "Ā"},
      {"every second letter: the small one", "ā", "ā", "Ā"},
      {"cyrillic", "Жж", "жж", "ЖЖ"},
      {"georgian", "Აა", "აა", "ᲐᲐ"},
      {"beyond 16 bits", "𐐀𐐨", "𐐨𐐨", "𐐀𐐀"},
      {"no case at all", "北京 🍮", "北京 🍮", "北京 🍮"},
      {"bytes that are no UTF-8 stay", "\xC3(É\xFF", "\xC3(é\xFF", "\xC3(É\xFF"},
      {"cut off at the end", "é\xE2\x82", "é\xE2\x82", "É\xE2\x82"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(to_lower_unicode(c.text), c.lower);
    EXPECT_EQ(to_upper_unicode(c.text), c.upper);
  }
}

}  // namespace
}  // namespace agent::relabel
