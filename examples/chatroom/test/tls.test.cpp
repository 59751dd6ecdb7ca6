// Certificates: what is taken, and what is said about those that are not.
#include "web/endpoint/tls.hpp"

#include "support/catch.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

using namespace chatroom;
using namespace std::chrono_literals;

namespace {

using key_pair = std::shared_ptr<EVP_PKEY>;

key_pair make_key() { return {EVP_EC_gen("P-256"), &EVP_PKEY_free}; }

// A directory with files for one test.
class scratch {
 public:
  scratch()
      : path_{std::filesystem::temp_directory_path() /
              ("chatroom-tls-" + std::to_string(::getpid()))} {
    std::filesystem::create_directories(path_);
  }
  scratch(const scratch&) = delete;
  scratch& operator=(const scratch&) = delete;
  ~scratch() { std::filesystem::remove_all(path_); }

  std::string path(const std::string& name) const { return path_ / name; }

  std::string text(const std::string& name, const std::string& content) const {
    std::ofstream{path(name)} << content;
    return path(name);
  }

  // Self-signed, valid from now + `from` to now + `until`.
  std::string certificate(const std::string& name, const key_pair& key,
                          std::chrono::seconds from = -1h,
                          std::chrono::seconds until = 24h * 90) const {
    const std::shared_ptr<X509> made{X509_new(), &X509_free};
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), from.count());
    X509_gmtime_adj(X509_getm_notAfter(made.get()), until.count());
    X509_set_pubkey(made.get(), key.get());
    X509_NAME* const subject = X509_get_subject_name(made.get());
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("chat.example.com"), -1, -1,
                               0);
    X509_set_issuer_name(made.get(), subject);
    X509_sign(made.get(), key.get(), EVP_sha256());
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file{std::fopen(path(name).c_str(), "wb"),
                                                               &std::fclose};
    REQUIRE(file);
    REQUIRE(PEM_write_X509(file.get(), made.get()) == 1);
    return path(name);
  }

  std::string key(const std::string& name, const key_pair& key, std::string password = "") const {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file{std::fopen(path(name).c_str(), "wb"),
                                                               &std::fclose};
    REQUIRE(file);
    REQUIRE(PEM_write_PrivateKey(file.get(), key.get(),
                                 password.empty() ? nullptr : EVP_aes_256_cbc(),
                                 reinterpret_cast<unsigned char*>(password.data()),
                                 static_cast<int>(password.size()), nullptr, nullptr) == 1);
    return path(name);
  }

 private:
  std::filesystem::path path_;
};

std::chrono::sys_seconds now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

std::string refusal(const web::tls_files& files) {
  const auto found = web::load_tls(files);
  REQUIRE_FALSE(found);
  CHECK(found.error().find('\n') == std::string::npos);
  return found.error();
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("[C-117] a certificate with its key is taken, and nobody complains") {
  const scratch files;
  const key_pair key = make_key();
  const auto found = web::load_tls({files.certificate("c.pem", key), files.key("k.pem", key)});
  REQUIRE(found);
  CHECK(found->context != nullptr);
  CHECK(found->subject == "CN=chat.example.com");
  CHECK(found->valid_from < now());
  CHECK(found->valid_until > now() + 24h * 89);
  CHECK(web::complaint(*found, now()).empty());
  CHECK(contains(web::complaint(*found, now() + 24h * 88), "expires on 2"));
}

TEST_CASE("[C-302] what is wrong with a certificate is one sentence that names the file") {
  const scratch files;
  const key_pair key = make_key();
  const std::string certificate = files.certificate("c.pem", key);
  const std::string good_key = files.key("k.pem", key);

  const std::string missing = files.path("missing.pem");
  CHECK(refusal({missing, good_key}) ==
        "tls.certificate " + missing + " cannot be read: No such file or directory");
  CHECK(refusal({certificate, missing}) ==
        "tls.key " + missing + " cannot be read: No such file or directory");
  CHECK(contains(refusal({files.path(""), good_key}), "cannot be read: Is a directory"));

  const std::string noise = files.text("noise.pem", "no PEM at all\n");
  CHECK(contains(refusal({noise, good_key}), noise + " holds no certificate in PEM form"));
  CHECK(contains(refusal({certificate, noise}), noise + " holds no private key in PEM form"));
  CHECK(contains(refusal({files.text("empty.pem", ""), good_key}), "holds no certificate"));
  // Given the wrong way round.
  CHECK(contains(refusal({good_key, certificate}), "holds no certificate"));

  CHECK(contains(refusal({certificate, files.key("other.pem", make_key())}),
                 "does not belong to the certificate"));
  const key_pair rsa{EVP_RSA_gen(2048), &EVP_PKEY_free};
  CHECK(contains(refusal({certificate, files.key("rsa.pem", rsa)}),
                 "does not belong to the certificate"));
  CHECK(contains(refusal({certificate, files.key("locked.pem", key, "secret")}),
                 "is protected by a password"));
}

TEST_CASE("a certificate out of its time is taken, with a complaint") {
  const scratch files;
  const key_pair key = make_key();
  const std::string own = files.key("k.pem", key);
  const auto expired = web::load_tls({files.certificate("old.pem", key, -24h * 10, -24h * 3), own});
  REQUIRE(expired);
  CHECK(contains(web::complaint(*expired, now()), "has expired on 2"));
  const auto early = web::load_tls({files.certificate("early.pem", key, 1h), own});
  REQUIRE(early);
  CHECK(contains(web::complaint(*early, now()), "is the clock right?"));
}

TEST_CASE("[C-304] connections take the certificate that is in use when they come") {
  const scratch files;
  const key_pair key = make_key();
  const std::string own = files.key("k.pem", key);
  const auto first = web::load_tls({files.certificate("a.pem", key), own});
  const auto second = web::load_tls({files.certificate("b.pem", key), own});
  REQUIRE(first);
  REQUIRE(second);
  web::tls_in_use place{{}, *first};
  const auto taken = place.get();
  place.replace(*second);
  CHECK(taken.context == first->context);
  CHECK(place.get().context == second->context);
}
