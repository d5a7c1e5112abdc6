#!/usr/bin/env python3
"""Prints the ranges of agent/relabel/case_table.h: Unicode's simple case mappings outside ASCII.

Each row is {first, last, step, delta}: every `step`-th code point of first..last maps to itself + delta.
"""
import unicodedata


def simple_upper(code):
    upper = chr(code).upper()
    if len(upper) == 1:
        return ord(upper)
    title = chr(code).title()  # one letter where only the full mapping is longer (Greek iota subscripts)
    return ord(title) if len(title) == 1 else code


def simple_lower(code):
    lower = chr(code).lower()
    if len(lower) == 1:
        return ord(lower)
    return ord("i") if code == 0x130 else code


def ranges(mapping):
    rows = []
    for code in range(0x80, 0x110000):
        delta = mapping(code) - code
        if 0xD800 <= code < 0xE000 or delta == 0:
            continue
        if rows and rows[-1][3] == delta:
            first, last, step, _ = rows[-1]
            gap = code - last
            if gap == step or (first == last and gap <= 2):
                rows[-1] = [first, code, gap, delta]
                continue
        rows.append([code, code, 1, delta])
    return rows


def main():
    print("#pragma once")
    print(f"// Unicode {unicodedata.unidata_version}, simple case mappings outside ASCII, sorted by `first`.")
    print("// Printed by scripts/make_case_table.py.")
    print("#include <cstdint>\n\nnamespace agent::relabel {\n")
    print("/// Every `step`-th code point of first..last maps to itself + delta.")
    print("struct CaseRange {\n  char32_t first;\n  char32_t last;\n  std::int32_t step;\n  std::int32_t delta;\n};\n")
    print("// clang-format off")
    for name, mapping in (("kToUpper", simple_upper), ("kToLower", simple_lower)):
        print(f"inline constexpr CaseRange {name}[] = {{")
        line = "   "
        for first, last, step, delta in ranges(mapping):
            item = f" {{0x{first:X}, 0x{last:X}, {step}, {delta}}},"
            if len(line) + len(item) > 100:
                print(line)
                line = "   "
            line += item
        print(line + "\n};")
    print("// clang-format on\n\n}  // namespace agent::relabel")


main()
