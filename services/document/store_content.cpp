#include "document/store_content.hpp"

#include "document/store.hpp"
#include "document/store_values.hpp"

namespace lienthong::document {
namespace {

constexpr pg::Statement kInsertContent{
    "document_insert_content",
    "INSERT INTO content (id, type_name, type_abbreviation, normative, drafting_abbreviation,"
    " subject, summary, urgency, circulation, due_date, recipient_units, recipient_organs,"
    " recipient_names, recipient_informed, page_count, copy_count, steering_type,"
    " reference_documents, reference_codes, reference_dates, reference_organs,"
    " changed_document_id, change_kind, restricted, attachment_files, attachment_names,"
    " attachment_types, attachment_sizes, attachment_texts, code, document_date,"
    " place, also_changed)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, nullif($10, '')::date, $11, $12, $13, $14, $15,"
    " $16, $17, $18, $19, $20, $21, nullif($22, '')::uuid, $23, $24, $25, $26, $27, $28, $29,"
    " CASE WHEN $31 <> '' THEN $30 END, nullif($31, '')::date, $32, $33::uuid[])"};

constexpr pg::Statement kUpdateContent{
    "document_update_content",
    "UPDATE content SET type_name = $2, type_abbreviation = $3, normative = $4,"
    " drafting_abbreviation = $5, subject = $6, summary = $7, urgency = $8, circulation = $9,"
    " due_date = nullif($10, '')::date, recipient_units = $11, recipient_organs = $12,"
    " recipient_names = $13, recipient_informed = $14, page_count = $15, copy_count = $16,"
    " steering_type = $17, reference_documents = $18, reference_codes = $19,"
    " reference_dates = $20, reference_organs = $21, changed_document_id = nullif($22, '')::uuid,"
    " change_kind = $23, restricted = $24, attachment_files = $25, attachment_names = $26,"
    " attachment_types = $27, attachment_sizes = $28, attachment_texts = $29,"
    " place = $30, also_changed = $31::uuid[] WHERE id = $1"};

constexpr pg::Statement kUpdateSignature{
    "document_update_signature",
    "UPDATE content SET (signer_authority, signer_as_deputy, signer_official_id, signer_name,"
    "  signer_position, signer_authorisation_id, signed_at) ="
    " (SELECT $3::int, $4::boolean, $5, $6, $7, nullif($8, '')::uuid, $9::timestamptz WHERE $2)"
    " WHERE id = $1"};

constexpr pg::Statement kUpdateNumbering{
    "document_update_numbering",
    "UPDATE content SET book_id = $2, number = $3, letter = $4, code = $5, document_date = $6"
    " WHERE id = $1"};

struct ListColumns {
  explicit ListColumns(const Content& content)
      : units(pg::TextArray(content.recipients, [](const auto& r) { return r.unit_id; })),
        organs(pg::TextArray(content.recipients, [](const auto& r) { return r.organ_id; })),
        names(pg::TextArray(content.recipients, [](const auto& r) { return r.name; })),
        informed(pg::TextArray(content.recipients,
                               [](const auto& r) { return r.for_information ? "t" : "f"; })),
        documents(pg::TextArray(content.response_for, [](const auto& r) { return r.document_id; })),
        codes(pg::TextArray(content.response_for, [](const auto& r) { return r.code; })),
        dates(pg::TextArray(content.response_for, [](const auto& r) { return r.document_date; })),
        issuers(pg::TextArray(content.response_for, [](const auto& r) { return r.organ_id; })),
        files(pg::TextArray(content.attachments, [](const auto& a) { return a.sha256; })),
        file_names(pg::TextArray(content.attachments, [](const auto& a) { return a.name; })),
        types(pg::TextArray(content.attachments, [](const auto& a) { return a.media_type; })),
        sizes(pg::TextArray(content.attachments,
                            [](const auto& a) { return std::to_string(a.size_bytes); })),
        texts(pg::TextArray(content.attachments, [](const auto& a) { return a.description; })) {
    std::vector<DocumentId> documents_changed = content.changed_documents;
    if (!documents_changed.empty()) {
      changed = documents_changed.front().text;
      documents_changed.erase(documents_changed.begin());
    }
    also_changed = pg::IdArray(documents_changed);
  }
  std::string units, organs, names, informed, documents, codes, dates, issuers;
  std::string files, file_names, types, sizes, texts;
  std::string changed, also_changed;
};

std::vector<Recipient> RecipientsOf(const pg::Row& row) {
  const auto units = pg::ParseTextArray(row["recipient_units"]);
  const auto organs = pg::ParseTextArray(row["recipient_organs"]);
  const auto names = pg::ParseTextArray(row["recipient_names"]);
  const auto informed = pg::ParseTextArray(row["recipient_informed"]);
  std::vector<Recipient> recipients;
  for (std::size_t i = 0; i < units.size(); ++i) {
    recipients.push_back({units[i], organs.at(i), names.at(i), informed.at(i) == "t"});
  }
  return recipients;
}

std::vector<Reference> ReferencesOf(const pg::Row& row) {
  const auto documents = pg::ParseTextArray(row["reference_documents"]);
  const auto codes = pg::ParseTextArray(row["reference_codes"]);
  const auto dates = pg::ParseTextArray(row["reference_dates"]);
  const auto organs = pg::ParseTextArray(row["reference_organs"]);
  std::vector<Reference> references;
  for (std::size_t i = 0; i < documents.size(); ++i) {
    references.push_back({documents[i], codes.at(i), dates.at(i), organs.at(i)});
  }
  return references;
}

std::vector<Attachment> AttachmentsOf(const pg::Row& row) {
  const auto files = pg::ParseTextArray(row["attachment_files"]);
  const auto names = pg::ParseTextArray(row["attachment_names"]);
  const auto types = pg::ParseTextArray(row["attachment_types"]);
  const auto sizes = pg::ParseTextArray(row["attachment_sizes"]);
  const auto texts = pg::ParseTextArray(row["attachment_texts"]);
  std::vector<Attachment> attachments;
  for (std::size_t i = 0; i < files.size(); ++i) {
    attachments.push_back(
        {files[i], names.at(i), types.at(i), std::stoll(sizes.at(i)), texts.at(i)});
  }
  return attachments;
}

std::optional<Signer> SignerOf(const pg::Row& row) {
  if (row["signer_authority"].is_null()) return std::nullopt;
  return Signer{static_cast<SigningAuthority>(row["signer_authority"].as<int>()),
                row["signer_as_deputy"].as<bool>(),
                row["signer_official_id"].as<std::string>(),
                row["signer_name"].as<std::string>(),
                row["signer_position"].as<std::string>(),
                pg::OptionalId<AuthorisationId>(row["signer_authorisation_id"]),
                pg::TimeOf(row["signed_at"])};
}

std::optional<Numbered> NumberedOf(const pg::Row& row) {
  if (row["code"].is_null()) return std::nullopt;
  return Numbered{row["book_id"].as<std::string>(""), row["number"].as<int>(0),
                  row["letter"].as<std::string>(""), row["code"].as<std::string>(),
                  base::ParseDay(row["document_date"].c_str())};
}

}  // namespace

Content ToContent(const pg::Row& row) {
  Content content;
  content.id = row["content_id"].as<std::string>();
  content.type = {row["type_name"].as<std::string>(), row["type_abbreviation"].as<std::string>(),
                  row["normative"].as<bool>()};
  content.drafting_abbreviation = row["drafting_abbreviation"].as<std::string>();
  content.subject = row["subject"].as<std::string>();
  content.summary = row["summary"].as<std::string>();
  content.urgency = static_cast<Urgency>(row["urgency"].as<int>());
  content.circulation = static_cast<Circulation>(row["circulation"].as<int>());
  content.due_date = pg::OptionalDay(row["due_date"]);
  content.recipients = RecipientsOf(row);
  content.page_count = row["page_count"].as<int>();
  content.copy_count = row["copy_count"].as<int>();
  content.steering_type = row["steering_type"].as<int>();
  content.response_for = ReferencesOf(row);
  content.place = row["place"].as<std::string>();
  if (const auto first = pg::OptionalId<DocumentId>(row["changed_document_id"])) {
    content.changed_documents.push_back(*first);
    for (std::string& id : pg::ParseTextArray(row["also_changed"])) {
      content.changed_documents.push_back({std::move(id)});
    }
  }
  content.change_kind = static_cast<ChangeKind>(row["change_kind"].as<int>());
  content.restricted = row["restricted"].as<bool>();
  content.attachments = AttachmentsOf(row);
  content.signer = SignerOf(row);
  content.numbered = NumberedOf(row);
  return content;
}

void InsertContent(pg::Tx& tx, const Content& content) {
  const ListColumns lists(content);
  const auto& numbered = content.numbered;
  tx.Write(kInsertContent, content.id, content.type.name, content.type.abbreviation,
           content.type.normative, content.drafting_abbreviation, content.subject, content.summary,
           static_cast<int>(content.urgency), static_cast<int>(content.circulation),
           pg::DayText(content.due_date), lists.units, lists.organs, lists.names, lists.informed,
           content.page_count, content.copy_count, content.steering_type, lists.documents,
           lists.codes, lists.dates, lists.issuers, lists.changed,
           static_cast<int>(content.change_kind), content.restricted, lists.files, lists.file_names,
           lists.types, lists.sizes, lists.texts, numbered ? numbered->code : std::string(),
           numbered ? base::FormatDay(numbered->document_date) : std::string(), content.place,
           lists.also_changed);
}

void UpdateContent(pg::Tx& tx, const Content& content) {
  const ListColumns lists(content);
  tx.Write(kUpdateContent, content.id, content.type.name, content.type.abbreviation,
           content.type.normative, content.drafting_abbreviation, content.subject, content.summary,
           static_cast<int>(content.urgency), static_cast<int>(content.circulation),
           pg::DayText(content.due_date), lists.units, lists.organs, lists.names, lists.informed,
           content.page_count, content.copy_count, content.steering_type, lists.documents,
           lists.codes, lists.dates, lists.issuers, lists.changed,
           static_cast<int>(content.change_kind), content.restricted, lists.files, lists.file_names,
           lists.types, lists.sizes, lists.texts, content.place, lists.also_changed);
}

void UpdateSignature(pg::Tx& tx, const Content& content) {
  const Signer signer = content.signer.value_or(Signer());
  tx.Write(kUpdateSignature, content.id, content.signer.has_value(),
           static_cast<int>(signer.authority), signer.as_deputy, signer.official_id,
           signer.full_name, signer.position, pg::IdText(signer.authorisation_id),
           base::FormatTime(signer.signed_at));
}

void UpdateNumbering(pg::Tx& tx, const Content& content) {
  const Numbered& numbered = content.numbered.value();
  tx.Write(kUpdateNumbering, content.id, numbered.book_id, numbered.number, numbered.letter,
           numbered.code, base::FormatDay(numbered.document_date));
}

}  // namespace lienthong::document
