#include "web/endpoint/tls.hpp"

#include <boost/asio/buffer.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <optional>
#include <string_view>
#include <system_error>

namespace chatroom::web {

namespace ssl = boost::asio::ssl;

namespace {

// Of TLS 1.2; all suites of 1.3 are good. Those that leave no secret behind for who records today
// and steals the key tomorrow.
constexpr const char* ciphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

constexpr std::chrono::days near_end{7};

otp::result<std::string, std::string> read_file(std::string_view setting, const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file{std::fopen(path.c_str(), "rb"),
                                                             &std::fclose};
  std::string content;
  if (file) {
    std::array<char, 4096> part;
    while (const std::size_t count = std::fread(part.data(), 1, part.size(), file.get())) {
      content.append(part.data(), count);
    }
  }
  if (!file || std::ferror(file.get()) != 0) {
    return otp::failure{fmt::format("{} {} cannot be read: {}", setting, path,
                                    std::generic_category().message(errno))};
  }
  return content;
}

// A client that offers protocols, and not ours, is told so (RFC 7301); who offers none speaks
// HTTP/1.1 anyway.
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_length,
                    const unsigned char* offered, unsigned offered_length, void*) {
  static constexpr std::array<unsigned char, 9> ours{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* chosen = nullptr;
  const int found =
      SSL_select_next_proto(&chosen, out_length, ours.data(), ours.size(), offered, offered_length);
  *out = chosen;
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

std::shared_ptr<ssl::context> make_context() {
  auto out = std::make_shared<ssl::context>(ssl::context::tls_server);
  SSL_CTX* const native = out->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(native, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_cipher_list(native, ciphers);
  // Tabs are idle most of the time; they need no buffers then.
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_alpn_select_cb(native, choose_protocol, nullptr);
  return out;
}

std::chrono::sys_seconds time_of(const ASN1_TIME* time) {
  std::tm parts{};
  ASN1_TIME_to_tm(time, &parts);
  return std::chrono::sys_seconds{std::chrono::seconds{::timegm(&parts)}};
}

std::string subject_of(const X509* certificate) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> out{BIO_new(BIO_s_mem()), &BIO_free};
  X509_NAME_print_ex(out.get(), X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253);
  char* text = nullptr;
  const long length = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(length)};
}

// Nothing, or what is wrong with the key.
std::optional<std::string> use_key(ssl::context& context, const tls_files& from,
                                   const std::string& key) {
  const auto asked = std::make_shared<bool>(false);
  context.set_password_callback([asked](std::size_t, ssl::context::password_purpose) {
    *asked = true;
    return std::string{};
  });
  boost::system::error_code error;
  context.use_private_key(boost::asio::buffer(key), ssl::context::pem, error);
  if (*asked) {
    return fmt::format(
        "tls.key {} is protected by a password; give one without, as made by "
        "`openssl pkey -in {} -out NEW_FILE`",
        from.key, from.key);
  }
  const auto code = static_cast<unsigned long>(error.value());
  const bool other = error && ERR_GET_LIB(code) == ERR_LIB_X509 &&
                     ERR_GET_REASON(code) == X509_R_KEY_VALUES_MISMATCH;
  if (other || (!error && SSL_CTX_check_private_key(context.native_handle()) != 1)) {
    return fmt::format(
        "tls.key {} does not belong to the certificate {}; give the key that this "
        "certificate was made with",
        from.key, from.certificate);
  }
  if (error) {
    return fmt::format(
        "tls.key {} holds no private key in PEM form ({}); its first line should be "
        "-----BEGIN PRIVATE KEY-----",
        from.key, error.message());
  }
  return {};
}

}  // namespace

otp::result<tls_identity, std::string> load_tls(const tls_files& from) {
  const auto chain = read_file("tls.certificate", from.certificate);
  if (!chain) return otp::failure{chain.error()};
  const auto key = read_file("tls.key", from.key);
  if (!key) return otp::failure{key.error()};

  tls_identity out{.context = make_context(), .subject = {}, .valid_from = {}, .valid_until = {}};
  boost::system::error_code error;
  out.context->use_certificate_chain(boost::asio::buffer(*chain), error);
  if (error) {
    return otp::failure{fmt::format(
        "tls.certificate {} holds no certificate in PEM form ({}); its first line should be "
        "-----BEGIN CERTIFICATE-----",
        from.certificate, error.message())};
  }
  auto refusal = use_key(*out.context, from, *key);
  // What OpenSSL has noted of this must not be taken for an error of some connection.
  ERR_clear_error();
  if (refusal) return otp::failure{*std::move(refusal)};

  const X509* const own = SSL_CTX_get0_certificate(out.context->native_handle());
  out.subject = subject_of(own);
  out.valid_from = time_of(X509_get0_notBefore(own));
  out.valid_until = time_of(X509_get0_notAfter(own));
  return out;
}

std::string complaint(const tls_identity& about, std::chrono::sys_seconds now) {
  const auto day = [](std::chrono::sys_seconds time) {
    return fmt::format("{:%F}", fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
  };
  if (now < about.valid_from) {
    return fmt::format("the certificate of {} is valid from {} on only; is the clock right?",
                       about.subject, day(about.valid_from));
  }
  if (about.valid_until - now < near_end) {
    return fmt::format(
        "the certificate of {} {} on {}; put a new one into its file and send SIGHUP",
        about.subject, now > about.valid_until ? "has expired" : "expires", day(about.valid_until));
  }
  return {};
}

}  // namespace chatroom::web
