#pragma once

#include <gdk-pixbuf/gdk-pixbuf.h>

#include <cstdint>
#include <memory>
#include <string>

#include <catch2/catch.hpp>

/// Pictures as cameras write them, and what is in a JPEG, for tests of what is shown to everybody.
namespace lienthong::support {

struct PictureUnref {
  void operator()(GdkPixbuf* picture) const { g_object_unref(picture); }
};
using Picture = std::unique_ptr<GdkPixbuf, PictureUnref>;

/// Of one colour (0xRRGGBB), with a red quarter at the top left.
inline Picture Painted(int width, int height, bool alpha = false, std::uint32_t colour = 0x0000ff) {
  constexpr std::uint32_t kRed = 0xff0000ff;
  Picture picture(gdk_pixbuf_new(GDK_COLORSPACE_RGB, alpha, 8, width, height));
  gdk_pixbuf_fill(picture.get(), colour << 8 | (alpha ? 0 : 0xff));
  if (width < 2 || height < 2) return picture;
  const Picture quarter(gdk_pixbuf_new_subpixbuf(picture.get(), 0, 0, width / 2, height / 2));
  gdk_pixbuf_fill(quarter.get(), kRed);
  return picture;
}

/// `type` as GdkPixbuf names it: "jpeg", "png".
inline std::string Saved(const Picture& picture, const char* type) {
  char* bytes = nullptr;
  gsize size = 0;
  REQUIRE(gdk_pixbuf_save_to_buffer(picture.get(), &bytes, &size, type, nullptr, nullptr));
  std::string saved(bytes, size);
  g_free(bytes);
  return saved;
}

inline std::string BigEndian(std::uint32_t number, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) text += static_cast<char>(number >> (8 * i));
  return text;
}

/// A segment of a JPEG (ITU-T T.81, B.1.1.4).
inline std::string Segment(unsigned char marker, const std::string& content) {
  return std::string("\xff") + static_cast<char>(marker) +
         BigEndian(static_cast<std::uint32_t>(content.size() + 2), 2) + content;
}

/// An EXIF block (EXIF 2.32, 4.5): orientation, a description, and a GPS block with a text of its
/// own, both of which hold `canary`.
inline std::string Exif(int orientation, const std::string& canary) {
  const auto entry = [](int tag, int type, std::uint32_t count, const std::string& value) {
    return BigEndian(static_cast<std::uint32_t>(tag), 2) +
           BigEndian(static_cast<std::uint32_t>(type), 2) + BigEndian(count, 4) + value;
  };
  constexpr int kAscii = 2, kShort = 3, kLong = 4, kUndefined = 7;
  const auto size = static_cast<std::uint32_t>(canary.size());
  constexpr std::uint32_t kTextAt = 8 + 2 + 3 * 12 + 4;
  const std::uint32_t gps_at = kTextAt + size, area_at = gps_at + 2 + 2 * 12 + 4;
  return std::string("Exif\0\0", 6) + "MM" + BigEndian(42, 2) + BigEndian(8, 4) + BigEndian(3, 2) +
         entry(0x010e, kAscii, size, BigEndian(kTextAt, 4)) +
         entry(0x0112, kShort, 1,
               BigEndian(static_cast<std::uint32_t>(orientation), 2) + BigEndian(0, 2)) +
         entry(0x8825, kLong, 1, BigEndian(gps_at, 4)) + BigEndian(0, 4) + canary +
         BigEndian(2, 2) + entry(0x0001, kAscii, 2, std::string("N\0\0\0", 4)) +
         entry(0x001c, kUndefined, size, BigEndian(area_at, 4)) + BigEndian(0, 4) + canary;
}

/// The JPEG as a phone leaves it: with EXIF, XMP, an ICC profile, Photoshop's block, a comment, and
/// bytes behind its end. `canary` is in each of them.
inline std::string Tagged(const std::string& jpeg, int orientation, const std::string& canary) {
  constexpr unsigned char kApp1 = 0xe1, kApp2 = 0xe2, kApp13 = 0xed, kComment = 0xfe;
  REQUIRE(jpeg.starts_with("\xff\xd8"));
  return jpeg.substr(0, 2) + Segment(kApp1, Exif(orientation, canary)) +
         Segment(kApp1, std::string("http://ns.adobe.com/xap/1.0/\0", 29) + "<x>" + canary) +
         Segment(kApp2, std::string("ICC_PROFILE\0\1\1", 14) + canary) +
         Segment(kApp13, std::string("Photoshop 3.0\0", 14) + canary) + Segment(kComment, canary) +
         jpeg.substr(2) + canary;
}

/// "e0 db c0 c4 da": the segments of a JPEG up to its picture, each once; "?" = there is more than
/// the picture behind that.
inline std::string SegmentsOf(const std::string& jpeg) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(jpeg.at(at)); };
  constexpr char kDigits[] = "0123456789abcdef";
  constexpr unsigned char kScan = 0xda;
  std::string found;
  for (std::size_t at = 2; byte(at) == 0xff; at += 2 + 256U * byte(at + 2) + byte(at + 3)) {
    const std::string name{kDigits[byte(at + 1) >> 4], kDigits[byte(at + 1) & 15]};
    if (found.find(name) == std::string::npos) found += (found.empty() ? "" : " ") + name;
    if (byte(at + 1) != kScan) continue;
    // In the picture itself the byte 255 is followed by 0; the first marker is the end.
    std::size_t end = at + 2;
    while (byte(end) != 0xff || byte(end + 1) == 0) ++end;
    const bool is_all = byte(end + 1) == 0xd9 && end + 2 == jpeg.size();
    return found + (is_all ? "" : " ?");
  }
  return found + " ?";
}

inline Picture Decoded(const std::string& jpeg) {
  GdkPixbufLoader* const loader = gdk_pixbuf_loader_new_with_mime_type("image/jpeg", nullptr);
  const auto* const bytes = reinterpret_cast<const guchar*>(jpeg.data());
  const bool is_read = gdk_pixbuf_loader_write(loader, bytes, jpeg.size(), nullptr) != 0 &&
                       gdk_pixbuf_loader_close(loader, nullptr) != 0;
  REQUIRE(is_read);
  Picture picture(GDK_PIXBUF(g_object_ref(gdk_pixbuf_loader_get_pixbuf(loader))));
  g_object_unref(loader);
  return picture;
}

/// "r", "g", "b", "w" or "?": about which colour a pixel has.
inline char ColourAt(const Picture& picture, int x, int y) {
  const guchar* const pixel = gdk_pixbuf_read_pixels(picture.get()) +
                              y * gdk_pixbuf_get_rowstride(picture.get()) +
                              x * gdk_pixbuf_get_n_channels(picture.get());
  const auto is_on = [&](int channel) { return pixel[channel] > 200; };
  const auto is_off = [&](int channel) { return pixel[channel] < 60; };
  if (is_on(0) && is_on(1) && is_on(2)) return 'w';
  if (is_on(0) && is_off(1) && is_off(2)) return 'r';
  if (is_off(0) && is_on(1) && is_off(2)) return 'g';
  if (is_off(0) && is_off(1) && is_on(2)) return 'b';
  return '?';
}

}  // namespace lienthong::support
