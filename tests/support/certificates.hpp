#pragma once

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "platform/base/id.hpp"

namespace lienthong::support {

/// A certificate authority of one test, in a folder of its own that goes with it. Files are
/// `<name>.crt` and `<name>.key`; `ca.crt` is the authority's.
class Certificates {
 public:
  Certificates() : folder_(std::filesystem::temp_directory_path() / base::RandomIds().New()) {
    std::filesystem::create_directory(folder_);
    ca_key_.reset(NewKey());
    ca_.reset(NewCertificate("test CA", *ca_key_, std::chrono::hours(24)));
    Extend(*ca_, NID_basic_constraints, "critical,CA:TRUE");
    Sign(*ca_);
    Write("ca", *ca_, *ca_key_);
  }
  ~Certificates() { std::filesystem::remove_all(folder_); }
  Certificates(const Certificates&) = delete;
  Certificates& operator=(const Certificates&) = delete;

  /// `valid_for` is negative for one that has expired.
  void Make(const std::string& name, const std::string& common_name,
            std::chrono::seconds valid_for = std::chrono::hours(24)) const {
    const Key key(NewKey(), EVP_PKEY_free);
    const Certificate certificate(NewCertificate(common_name, *key, valid_for), X509_free);
    Extend(*certificate, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
    Sign(*certificate);
    Write(name, *certificate, *key);
  }

  /// "ca.crt", "ops.key" -> the file's path.
  std::string Path(const std::string& file) const { return (folder_ / file).string(); }

 private:
  using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
  using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

  static void Require(bool done) {
    if (!done) throw std::runtime_error("OpenSSL failed to make a certificate");
  }

  static EVP_PKEY* NewKey() {
    EVP_PKEY* const key = EVP_EC_gen("P-256");
    Require(key != nullptr);
    return key;
  }

  X509* NewCertificate(const std::string& common_name, EVP_PKEY& key,
                       std::chrono::seconds valid_for) const {
    X509* const certificate = X509_new();
    Require(certificate != nullptr && X509_set_version(certificate, X509_VERSION_3) == 1);
    static long serial = 0;
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -2 * 86400);
    X509_gmtime_adj(X509_getm_notAfter(certificate), valid_for.count());
    X509_set_pubkey(certificate, &key);
    const auto* const text = reinterpret_cast<const unsigned char*>(common_name.c_str());
    Require(X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                                       text, -1, -1, 0) == 1);
    X509* const issuer = ca_ == nullptr ? certificate : ca_.get();
    X509_set_issuer_name(certificate, X509_get_subject_name(issuer));
    return certificate;
  }

  static void Extend(X509& certificate, int kind, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, nullptr, &certificate, nullptr, nullptr, 0);
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value);
    Require(extension != nullptr && X509_add_ext(&certificate, extension, -1) == 1);
    X509_EXTENSION_free(extension);
  }

  void Sign(X509& certificate) const {
    Require(X509_sign(&certificate, ca_key_.get(), EVP_sha256()) > 0);
  }

  void Write(const std::string& name, X509& certificate, EVP_PKEY& key) const {
    using File = std::unique_ptr<std::FILE, decltype(&std::fclose)>;
    const File certificate_file(std::fopen(Path(name + ".crt").c_str(), "w"), std::fclose);
    const File key_file(std::fopen(Path(name + ".key").c_str(), "w"), std::fclose);
    Require(certificate_file != nullptr && key_file != nullptr &&
            PEM_write_X509(certificate_file.get(), &certificate) == 1 &&
            PEM_write_PKCS8PrivateKey(key_file.get(), &key, nullptr, nullptr, 0, nullptr,
                                      nullptr) == 1);
  }

  std::filesystem::path folder_;
  Key ca_key_{nullptr, EVP_PKEY_free};
  Certificate ca_{nullptr, X509_free};
};

}  // namespace lienthong::support
