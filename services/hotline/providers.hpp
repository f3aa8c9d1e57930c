#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "hotline/message.hpp"

namespace lienthong::hotline {

/// A message as a provider gets it. The same id always has the same text and address.
struct Outgoing {
  MessageId id;
  std::string address;  ///< E.164, or an e-mail address
  std::string subject;  ///< of an e-mail
  std::string text;
  base::Time at{};  ///< of the attempt; machine time
};

/// Takes messages to those who deliver them. One thread at a time; never waits without an end.
class Provider {
 public:
  virtual ~Provider() = default;
  virtual SendOutcome Send(const Outgoing& message) = 0;
};

/// What is wrong with such an address (see below), as the end of "LIENTHONG_..."; "" = nothing.
std::string SmsUrlMistake(const std::string& url);
std::string MailUrlMistake(const std::string& url);
std::string MailFromMistake(const std::string& from);

/// SMS by the contract in deploy/integrators/sms.md.
class SmsProvider final : public Provider {
 public:
  /// "https://name:password@host/path", or "http://host/path" without a password. Throws
  /// std::invalid_argument.
  explicit SmsProvider(std::string url, std::chrono::milliseconds limit = std::chrono::seconds(15));
  SendOutcome Send(const Outgoing& message) override;

 private:
  std::string url_;
  std::chrono::milliseconds limit_;  ///< of time for one message
};

/// E-mail by SMTP (RFC 5321), our id in its Message-ID (RFC 5322, 3.6.4).
class MailProvider final : public Provider {
 public:
  /// "smtps://name:password@host:465" (TLS), "starttls://name:password@host:587" (TLS or nothing),
  /// "smtp://host:25" (without TLS, so without a password); what follows a slash is the name for
  /// EHLO. `from` = "1022@binhduong.gov.vn". `ca` = a file of certificates (PEM) that alone vouch
  /// for the server; empty = those of the system do. Throws std::invalid_argument.
  MailProvider(const std::string& url, std::string from,
               std::chrono::milliseconds limit = std::chrono::seconds(30), std::string ca = "");
  SendOutcome Send(const Outgoing& message) override;

 private:
  std::string url_;
  std::chrono::milliseconds limit_;  ///< of time for one message
  bool starts_tls_ = false;
  std::string from_;
  std::string ca_;
};

/// The provider at this address; nullptr without one.
std::unique_ptr<Provider> SmsAt(const std::string& url);
std::unique_ptr<Provider> MailAt(const std::string& url, const std::string& from,
                                 const std::string& ca);

}  // namespace lienthong::hotline
