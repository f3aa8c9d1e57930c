#include <catch2/catch.hpp>

#include "platform/base/error.hpp"
#include "platform/base/text.hpp"

using namespace lienthong::base;

namespace {

// "Nguyễn Thị Đào" with every mark as a code point of its own (NFD).
const std::string kDecomposed = "Nguye\u0302\u0303n Thi\u0323 \u0110a\u0300o";
const std::string kComposed = "Nguy\u1ec5n Th\u1ecb \u0110\u00e0o";

/// Field of the violation that CheckText reports; empty when it accepts the value.
std::string FieldAtFault(std::string_view value, std::size_t characters_max, bool required) {
  try {
    CheckText(value, "citizen.full_name", characters_max, required);
  } catch (const Error& error) {
    REQUIRE(error.kind == ErrorKind::kInvalid);
    REQUIRE(error.reason == "FIELD_INVALID");
    REQUIRE(error.violations.size() == 1);
    return error.violations[0].field;
  }
  return "";
}

}  // namespace

TEST_CASE("text is valid UTF-8 without NUL") {
  CHECK(IsText(""));
  CHECK(IsText(kComposed));
  CHECK(IsText("\xf4\x8f\xbf\xbf"));            // U+10FFFF
  CHECK_FALSE(IsText(std::string("a\0b", 3)));  // NUL
  CHECK_FALSE(IsText("\xc3"));                  // cut
  CHECK_FALSE(IsText("\xc0\xaf"));              // overlong
  CHECK_FALSE(IsText("\xed\xa0\x80"));          // surrogate
  CHECK_FALSE(IsText("\xf4\x90\x80\x80"));      // above U+10FFFF
  CHECK_FALSE(IsText("\xff"));
}

TEST_CASE("NFC makes one text of composed and decomposed letters") {
  CHECK(ToNfc(kDecomposed) == kComposed);
  CHECK(ToNfc(kComposed) == kComposed);
  CHECK(ToNfc("") == "");
}

TEST_CASE("characters are counted as code points") {
  CHECK(CountCharacters(kComposed) == 14);
  CHECK(CountCharacters("") == 0);
  CHECK(CountCharacters("\U0001F600") == 1);
}

TEST_CASE("lower case keeps diacritics and folds white space") {
  CHECK(ToLower(" NGUY\u1ec4N \t TH\u1eca\u00a0\u0110\u00c0O\n") ==
        "nguy\u1ec5n th\u1ecb \u0111\u00e0o");
}

TEST_CASE("folding drops diacritics, and writes d for \u0111") {
  CHECK(Fold(kComposed) == "nguyen thi dao");
  CHECK(Fold(kDecomposed) == "nguyen thi dao");
  CHECK(Fold("\u0110\u1eb6NG") == "dang");
  CHECK(Fold("") == "");
  CHECK(Fold(" \u0301 ") == "");
}

TEST_CASE("both places of the tone mark fold to the same") {
  CHECK(Fold("h\u00f2a") == "hoa");
  CHECK(Fold("ho\u00e0") == "hoa");
  CHECK(Fold("th\u1ee7y") == Fold("thu\u1ef7"));
}

TEST_CASE("every letter of Vietnamese folds to a Latin letter") {
  const std::string letters =
      "\u00e0\u00e1\u1ea3\u00e3\u1ea1\u0103\u1eb1\u1eaf\u1eb3\u1eb5\u1eb7\u00e2\u1ea7\u1ea5\u1ea9"
      "\u1eab\u1ead\u00e8\u00e9\u1ebb\u1ebd\u1eb9\u00ea\u1ec1\u1ebf\u1ec3\u1ec5\u1ec7\u00ec\u00ed"
      "\u1ec9\u0129\u1ecb\u00f2\u00f3\u1ecf\u00f5\u1ecd\u00f4\u1ed3\u1ed1\u1ed5\u1ed7\u1ed9\u01a1"
      "\u1edd\u1edb\u1edf\u1ee1\u1ee3\u00f9\u00fa\u1ee7\u0169\u1ee5\u01b0\u1eeb\u1ee9\u1eed\u1eef"
      "\u1ef1\u1ef3\u00fd\u1ef7\u1ef9\u1ef5\u0111";
  CHECK(Fold(letters) == std::string(17, 'a') + std::string(11, 'e') + std::string(5, 'i') +
                             std::string(17, 'o') + std::string(11, 'u') + std::string(5, 'y') +
                             "d");
}

TEST_CASE("a checked text is NFC, trimmed, with single spaces") {
  CHECK(CheckText("  " + kDecomposed + " \t ", "f", 14, true) == kComposed);
  CHECK(CheckText("a\r\nb", "f", 3, true) == "a b");
}

TEST_CASE("a checked text of several lines keeps its breaks, each line as a text") {
  CHECK(CheckLines("a\r\nb", "f", 3, true) == "a\nb");
  CHECK(CheckLines(" \n\r\n  một \t hai \n\n " + kDecomposed + "\n \n", "f", 100, true) ==
        "một hai\n\n" + kComposed);
  CHECK(CheckLines("\n", "f", 3, false).empty());
  CHECK(CheckLines("a\nb", "f", 3, true) == "a\nb");
  for (const std::string wrong : {"a\nbc", "\n \n", "a\n\x07", "\xff\n"}) {
    CAPTURE(wrong);
    CHECK_THROWS_AS(CheckLines(wrong, "f", 3, true), Error);
  }
}

TEST_CASE("the length of a checked text is measured after normalisation") {
  CHECK(FieldAtFault(kDecomposed, 14, true).empty());
  CHECK(FieldAtFault(kDecomposed, 13, true) == "citizen.full_name");
}

TEST_CASE("a checked text refuses what is no text, and names the field") {
  CHECK(FieldAtFault("\xff", 10, false) == "citizen.full_name");
  CHECK(FieldAtFault(std::string("a\0b", 3), 10, false) == "citizen.full_name");
  CHECK(FieldAtFault("a\x07", 10, false) == "citizen.full_name");
  CHECK(FieldAtFault("a\u202eb", 10, false) == "citizen.full_name");  // turns the direction
  CHECK(FieldAtFault("a\u0085b", 10, false).empty());                 // a line end is white space
}

TEST_CASE("an empty text passes only where it is not required") {
  CHECK(FieldAtFault("", 10, false).empty());
  CHECK(FieldAtFault("", 10, true) == "citizen.full_name");
  CHECK(FieldAtFault(" \t\u3000", 10, true) == "citizen.full_name");
}
