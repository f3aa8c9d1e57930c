#include <cairo-pdf.h>
#include <pango/pangocairo.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include "document/table.hpp"

namespace lienthong::document {
namespace {

// Points of 1/72 inch.
constexpr double kPageWidth = 841.89, kPageHeight = 595.28;  // A4 landscape
constexpr double kMargin = 36, kPadding = 3, kFooter = 14;
constexpr double kRule = 0.5;
constexpr const char* kFont = "DejaVu Sans 8";
constexpr const char* kBoldFont = "DejaVu Sans Bold 8";
constexpr const char* kTitleFont = "DejaVu Sans Bold 12";

struct Unref {
  void operator()(gpointer object) const { g_object_unref(object); }
};
using Layout = std::unique_ptr<PangoLayout, Unref>;

class Pdf final : public Table {
 public:
  Pdf(const std::string& title, const std::vector<Column>& columns);
  void Add(const std::vector<std::string>& cells) override;
  void End() override;

 private:
  Layout MakeLayout(const std::string& text, const char* font, double width);
  void BeginPage();
  void EndPage();
  /// Lines of a row from `first` on, as many as fit; returns how many.
  int DrawSlice(const std::vector<Layout>& cells, int first);
  void DrawRow(const std::vector<std::string>& cells, const char* font);
  double Room() const { return kPageHeight - kMargin - kFooter - y_; }
  void Check() {
    if (const auto status = cairo_status(cairo_.get()); status != CAIRO_STATUS_SUCCESS) {
      throw std::runtime_error(cairo_status_to_string(status));
    }
  }
  static cairo_status_t Write(void* written, const unsigned char* bytes, unsigned int count) {
    static_cast<std::string*>(written)->append(reinterpret_cast<const char*>(bytes), count);
    return CAIRO_STATUS_SUCCESS;
  }

  std::vector<std::string> titles_;
  std::vector<double> widths_;
  // A map of fonts of its own: the default one belongs to a thread.
  std::unique_ptr<PangoFontMap, Unref> fonts_{pango_cairo_font_map_new()};
  std::unique_ptr<PangoContext, Unref> context_{pango_font_map_create_context(fonts_.get())};
  std::unique_ptr<cairo_surface_t, decltype(&cairo_surface_destroy)> surface_;
  std::unique_ptr<cairo_t, decltype(&cairo_destroy)> cairo_;
  double line_height_ = 0;
  double y_ = kMargin;
  int page_ = 0;
};

Pdf::Pdf(const std::string& title, const std::vector<Column>& columns)
    : surface_(cairo_pdf_surface_create_for_stream(Write, &written_, kPageWidth, kPageHeight),
               cairo_surface_destroy),
      cairo_(cairo_create(surface_.get()), cairo_destroy) {
  cairo_pdf_surface_set_metadata(surface_.get(), CAIRO_PDF_METADATA_TITLE, title.c_str());
  const double weights =
      std::accumulate(columns.begin(), columns.end(), 0.0,
                      [](double sum, const Column& column) { return sum + column.weight; });
  for (const Column& column : columns) {
    titles_.push_back(column.title);
    widths_.push_back((kPageWidth - 2 * kMargin) * column.weight / weights);
  }
  // Capitals with two marks are the tallest that Vietnamese has.
  int height = 0;
  pango_layout_get_size(MakeLayout("Ệ", kBoldFont, kPageWidth).get(), nullptr, &height);
  line_height_ = std::ceil(static_cast<double>(height) / PANGO_SCALE);
  const Layout heading = MakeLayout(title, kTitleFont, kPageWidth - 2 * kMargin);
  pango_layout_set_alignment(heading.get(), PANGO_ALIGN_CENTER);
  pango_layout_get_size(heading.get(), nullptr, &height);
  cairo_move_to(cairo_.get(), kMargin, y_);
  pango_cairo_show_layout(cairo_.get(), heading.get());
  y_ += static_cast<double>(height) / PANGO_SCALE + 2 * kPadding;
  BeginPage();
}

Layout Pdf::MakeLayout(const std::string& text, const char* font, double width) {
  Layout layout(pango_layout_new(context_.get()));
  const std::unique_ptr<PangoFontDescription, decltype(&pango_font_description_free)> description(
      pango_font_description_from_string(font), pango_font_description_free);
  pango_layout_set_font_description(layout.get(), description.get());
  pango_layout_set_width(layout.get(), static_cast<int>(width * PANGO_SCALE));
  pango_layout_set_wrap(layout.get(), PANGO_WRAP_WORD_CHAR);
  PangoAttrList* const attributes = pango_attr_list_new();
  pango_attr_list_insert(attributes, pango_attr_insert_hyphens_new(FALSE));
  pango_layout_set_attributes(layout.get(), attributes);
  pango_attr_list_unref(attributes);
  pango_layout_set_text(layout.get(), text.data(), static_cast<int>(text.size()));
  return layout;
}

void Pdf::BeginPage() {
  ++page_;
  cairo_set_line_width(cairo_.get(), kRule);
  DrawRow(titles_, kBoldFont);
}

void Pdf::EndPage() {
  const Layout number = MakeLayout(std::to_string(page_), kFont, kPageWidth - 2 * kMargin);
  pango_layout_set_alignment(number.get(), PANGO_ALIGN_RIGHT);
  cairo_move_to(cairo_.get(), kMargin, kPageHeight - kMargin - kFooter + kPadding);
  pango_cairo_show_layout(cairo_.get(), number.get());
  cairo_show_page(cairo_.get());
  y_ = kMargin;
}

int Pdf::DrawSlice(const std::vector<Layout>& cells, int first) {
  const int fit = static_cast<int>((Room() - 2 * kPadding) / line_height_);
  int lines = 1;
  for (const Layout& cell : cells) {
    lines = std::max(lines, std::min(pango_layout_get_line_count(cell.get()) - first, fit));
  }
  const double height = lines * line_height_ + 2 * kPadding;
  double x = kMargin;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    cairo_rectangle(cairo_.get(), x, y_, widths_[i], height);
    cairo_stroke(cairo_.get());
    const int baseline = pango_layout_get_baseline(cells[i].get()) / PANGO_SCALE;
    for (int n = 0; n < lines; ++n) {
      PangoLayoutLine* const line = pango_layout_get_line_readonly(cells[i].get(), first + n);
      if (line == nullptr) break;
      cairo_move_to(cairo_.get(), x + kPadding, y_ + kPadding + n * line_height_ + baseline);
      pango_cairo_show_layout_line(cairo_.get(), line);
    }
    x += widths_[i];
  }
  y_ += height;
  return lines;
}

void Pdf::DrawRow(const std::vector<std::string>& cells, const char* font) {
  std::vector<Layout> layouts;
  int lines = 1;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    layouts.push_back(MakeLayout(cells[i], font, widths_[i] - 2 * kPadding));
    lines = std::max(lines, pango_layout_get_line_count(layouts.back().get()));
  }
  // A row stays together when a page can hold it.
  const double whole = lines * line_height_ + 2 * kPadding;
  const double least = std::min(whole, 2 * line_height_ + 2 * kPadding);
  const bool is_long = whole > kPageHeight / 2;
  int first = 0;
  while (first < lines) {
    if (Room() < (is_long ? least : whole)) {
      EndPage();
      BeginPage();
    }
    first += DrawSlice(layouts, first);
  }
}

void Pdf::Add(const std::vector<std::string>& cells) {
  DrawRow(cells, kFont);
  Check();
}

void Pdf::End() {
  EndPage();
  cairo_surface_finish(surface_.get());
  Check();
}

}  // namespace

std::unique_ptr<Table> PdfTable(const std::string& title, const std::vector<Column>& columns) {
  return std::make_unique<Pdf>(title, columns);
}

}  // namespace lienthong::document
