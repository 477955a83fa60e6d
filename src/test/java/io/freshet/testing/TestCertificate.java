package io.freshet.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * A certificate for the host {@code localhost}, signed by itself, which nobody trusts.
 *
 * @param certificate PEM
 * @param key PEM
 * @param store PKCS12, as a trust store; its password is {@value #PASSWORD}
 */
public record TestCertificate(Path certificate, Path key, Path store) {

  /** Of the store. */
  public static final String PASSWORD = "certificate";

  private static final class Shared {
    static final TestCertificate ONE = make();
  }

  /** The one of this JVM. */
  static TestCertificate get() {
    return Shared.ONE;
  }

  private static TestCertificate make() {
    try {
      Path directory = Files.createTempDirectory("freshet-certificate");
      TestCertificate made = in(directory);
      // the last is deleted first
      for (Path file : List.of(directory, made.store, made.key, made.certificate)) {
        file.toFile().deleteOnExit();
      }
      return made;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static TestCertificate in(Path directory) {
    Path store = directory.resolve("certificate.p12");
    ServerProcess.run(
        Map.of(),
        Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
        "-genkeypair",
        "-alias",
        "test",
        "-dname",
        "CN=localhost",
        "-ext",
        "SAN=dns:localhost",
        "-keyalg",
        "EC",
        "-storetype",
        "PKCS12",
        "-storepass",
        PASSWORD,
        "-keystore",
        store.toString());
    try {
      KeyStore keys = load(store);
      Path trusted = directory.resolve("trusted.p12");
      KeyStore trust = KeyStore.getInstance("PKCS12");
      trust.load(null, null);
      trust.setCertificateEntry("test", keys.getCertificate("test"));
      try (var out = Files.newOutputStream(trusted)) {
        trust.store(out, PASSWORD.toCharArray());
      }
      Files.delete(store);
      return new TestCertificate(
          pem(directory, "CERTIFICATE", keys.getCertificate("test").getEncoded()),
          pem(directory, "PRIVATE KEY", keys.getKey("test", PASSWORD.toCharArray()).getEncoded()),
          trusted);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path pem(Path directory, String what, byte[] encoded) throws IOException {
    String body = Base64.getMimeEncoder(64, "\n".getBytes(UTF_8)).encodeToString(encoded);
    String begin = "-----BEGIN " + what + "-----";
    String end = "-----END " + what + "-----";
    return Files.writeString(
        directory.resolve(what.replace(' ', '-') + ".pem"),
        String.join("\n", begin, body, end, ""));
  }

  private static KeyStore load(Path store) throws IOException, GeneralSecurityException {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD.toCharArray());
    }
    return keys;
  }

  /** Has this JVM trust it, and nothing else, while work is done. */
  public void trustedWhile(Work work) throws Exception {
    SSLContext before = SSLContext.getDefault();
    System.setProperty("javax.net.ssl.trustStore", store.toString());
    System.setProperty("javax.net.ssl.trustStorePassword", PASSWORD);
    try {
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(load(store));
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      SSLContext.setDefault(context);
      work.run();
    } finally {
      System.clearProperty("javax.net.ssl.trustStore");
      System.clearProperty("javax.net.ssl.trustStorePassword");
      SSLContext.setDefault(before);
    }
  }

  /** What may fail. */
  public interface Work {
    void run() throws Exception;
  }
}
