package io.freshet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.cli.Commands.Ended;
import io.freshet.testing.SessionFactories;
import io.freshet.testing.Shop;
import io.freshet.testing.Shop.Product;
import io.freshet.testing.TestDatabase;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import javax.management.remote.JMXConnectorServer;
import javax.management.remote.JMXConnectorServerFactory;
import javax.management.remote.JMXServiceURL;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuditCommandTest {

  @TempDir private Path files;
  private final TestDatabase database = TestDatabase.create();
  private SessionFactoryImplementor factory;
  private JMXConnectorServer connector;

  @BeforeEach
  void start() throws Exception {
    factory =
        SessionFactories.on(database)
            .with("hibernate.session_factory_name", "shop")
            .with("hibernate.session_factory_name_is_jndi", false)
            .build(Shop.ENTITIES);
    database.execute(
        "insert into product (id, sku, name, price) values (1, 'a', 'p', 10), (2, 'b', 'q', 20)");
    for (long id = 1; id <= 2; id++) {
      long one = id;
      factory.inTransaction(session -> session.find(Product.class, one));
    }
    connector =
        JMXConnectorServerFactory.newJMXConnectorServer(
            new JMXServiceURL("service:jmx:rmi://localhost"),
            Map.of(),
            ManagementFactory.getPlatformMBeanServer());
    connector.start();
  }

  @AfterEach
  void stop() throws Exception {
    connector.stop();
    factory.close();
    database.close();
  }

  private Ended audit(String... more) {
    String[] args = new String[5 + more.length];
    System.arraycopy(
        new String[] {"audit", "--jmx", connector.getAddress().toString(), "--name", "shop"},
        0,
        args,
        0,
        5);
    System.arraycopy(more, 0, args, 5, more.length);
    return Commands.run(Map.of(), args);
  }

  private Ended replay(String... lines) throws Exception {
    Path file = files.resolve("keys");
    Files.writeString(file, String.join("\n", lines) + "\n");
    return Commands.run(database, "audit", "--keys", file.toString());
  }

  @Test
  void nothingDiffers_isSaid_andExitsWithZero() {
    Ended ended = audit();

    assertThat(ended.err()).isEmpty();
    assertThat(ended.out()).contains("4 compared in", "4 fresh, 0 overtaken, 0 stale, 0 unproven");
    assertThat(ended.status()).isEqualTo(ExitCode.OK);
  }

  @Test
  void somethingDiffers_isShownWithBothValues_andCanBeAskedAgain() throws Exception {
    database.execute("update product set price = 11 where id = 1");

    Ended ended = audit("--json");

    assertThat(ended.status()).isEqualTo(ExitCode.FOUND);
    assertThat(ended.json()).containsKeys("at", "samples", "stale", "unproven");
    assertThat(ended.out()).contains("\"cached\":\"10\",\"database\":\"11\"");
    assertThat(replay(ended.out().strip()).out())
        .contains("Product  id=1: the row equals what the database held");
    database.execute("update product set price = 10 where id = 1");
    assertThat(replay(ended.out().strip()))
        .matches(again -> again.out().contains("the row equals what was cached"))
        .matches(again -> again.status() == ExitCode.OK);
    database.execute("update product set price = 12 where id = 1");
    assertThat(replay(ended.out().strip()))
        .matches(again -> again.out().contains("the row is something else by now"))
        .matches(again -> again.status() == ExitCode.FOUND);
    database.execute("delete from product where id = 1");
    assertThat(replay(ended.out().strip()).out()).contains("the row is gone");
  }

  @Test
  void text_namesColumnsAndValues() {
    database.execute("update product set name = 'x' where id = 2");

    assertThat(audit().out())
        .contains("unproven entity " + Product.class.getName() + " 2")
        .contains("name (name): cached 'q', database 'x'");
  }

  @Test
  void badLine_isRefusedWithItsNumber_beforeAnythingIsAsked() throws Exception {
    String good = "{\"table\":\"product\",\"row\":{\"id\":\"1\"},\"differences\":[]}";

    Ended ended = replay(good, "{\"table\":\"product\"");

    assertThat(ended.status()).isEqualTo(ExitCode.USAGE);
    assertThat(ended.out()).isEmpty();
    assertThat(ended.err()).contains("--keys, line 2: not JSON");
    assertThat(replay(good, "{}").err()).contains("--keys, line 2: a row has a \"table\"");
    assertThat(replay(good).out()).contains("1 row(s) asked for again, 1 equal(s)");
  }

  @Test
  void nowhereToGo_isSaid() {
    assertThat(Commands.run(Map.of(), "audit").status()).isEqualTo(ExitCode.USAGE);
    assertThat(Commands.run(Map.of(), "audit", "--jmx", "nonsense").err())
        .contains("--jmx nonsense is not allowed");
    assertThat(Commands.run(Map.of(), "audit", "--pid", "999999999"))
        .matches(ended -> ended.status() == ExitCode.FAILED)
        .matches(ended -> ended.err().contains("process 999999999 cannot be attached to"));
  }

  @Test
  void process_isAttachedTo() throws Exception {
    Process application =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "-cp",
                System.getProperty("java.class.path"),
                AuditedApplication.class.getName(),
                database.url())
            .redirectErrorStream(true)
            .start();
    try {
      var output = application.inputReader();
      String line = output.readLine();
      while (line != null && !line.equals(AuditedApplication.READY)) {
        line = output.readLine();
      }

      Ended ended = Commands.run(Map.of(), "audit", "--pid", String.valueOf(application.pid()));

      assertThat(ended.all()).contains("2 fresh");
      assertThat(ended.status()).isEqualTo(ExitCode.OK);
    } finally {
      application.destroyForcibly().waitFor();
    }
  }

  /** Caches one product, and waits to be ended. */
  static final class AuditedApplication {

    static final String READY = "ready";

    private AuditedApplication() {}

    public static void main(String[] args) throws Exception {
      SessionFactoryImplementor factory = SessionFactories.on(args[0]).build(Shop.ENTITIES);
      factory.inTransaction(session -> session.find(Product.class, 1L));
      System.out.println(READY);
      Thread.currentThread().join();
    }
  }
}
