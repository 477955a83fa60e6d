package io.freshet.feed;

import static io.freshet.feed.FaultyNode.awaitThat;
import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.Freshet;
import io.freshet.feed.Shelf.Item;
import io.freshet.testing.CapturedLog;
import io.freshet.testing.SessionFactories;
import io.freshet.testing.TestDatabase;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.hibernate.cfg.Configuration;
import org.hibernate.engine.jdbc.connections.spi.AbstractDataSourceBasedMultiTenantConnectionProviderImpl;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * What the settings ask for cannot work: the boot fails and says why, and leaves nothing behind.
 */
class FeedBootTest {

  @SuppressWarnings("unused") // by name, from @FieldSource
  static final List<String> FEEDS = Nodes.DIRECT;

  private TestDatabase database;

  @BeforeEach
  void create() {
    database = TestDatabase.create();
  }

  @AfterEach
  void drop() {
    database.close();
  }

  private SessionFactories settings(String feed) {
    return FaultyNode.settings(database.url(), feed);
  }

  private SessionFactories validating(String feed) {
    return settings(feed).with("freshet.tracking", "validate");
  }

  private String refused(SessionFactories settings) {
    return Refusal.of(settings, database.url());
  }

  private static String[] remedies(String message) {
    return message
        .lines()
        .skip(1)
        .map(line -> line.substring(line.indexOf(". ") + 2))
        .toArray(String[]::new);
  }

  @Test
  void nothingInstalled_notify_namesTheScript_thenEachTableWithItsCommand() throws IOException {
    assertThat(refused(validating("notify")))
        .contains("freshet.feed=notify with freshet.tracking=validate", "schema freshet")
        .contains("migrations/V1__freshet.sql");

    database.execute(Files.readString(Path.of("migrations/V1__freshet.sql")));
    String message = refused(validating("notify"));
    assertThat(message)
        .contains(
            "public.item: the table is not tracked", "public.shelf: the table is not tracked");

    database.execute(remedies(message));
    FaultyNode.on(database.url(), "notify", s -> s.with("freshet.tracking", "validate")).close();
  }

  @Test
  void nothingInstalled_wal_namesThePublication_andEachTableWithItsCommand() {
    String message = refused(validating("wal"));
    assertThat(message)
        .contains("freshet.feed=wal with freshet.tracking=validate", "publication freshet")
        .contains("public.item: it is not in publication", "public.shelf: it is not in");

    database.execute(remedies(message));
    FaultyNode.on(database.url(), "wal", s -> s.with("freshet.tracking", "validate")).close();
  }

  @ParameterizedTest
  @FieldSource("FEEDS")
  void roleMayNotInstall_namesWhatLacksTheRight_andWhoHasIt(String feed) {
    settings("none").build(Shelf.class, Item.class).close();
    String role = role("");
    try {
      assertThat(refused(as(role, settings(feed))))
          .contains("freshet.feed=" + feed + " with freshet.tracking=install")
          .contains(feed.equals("wal") ? "publication freshet" : "schema freshet")
          .contains("permission denied for database", "Let a role that may create");
    } finally {
      drop(role);
    }
  }

  @ParameterizedTest
  @FieldSource("FEEDS")
  void roleDoesNotOwnTheTables_eachIsNamed_withTheCommandForItsOwner(String feed)
      throws IOException {
    settings("none").build(Shelf.class, Item.class).close();
    String role = role("");
    database.execute(
        "grant create on database " + name() + " to " + role,
        Files.readString(Path.of("migrations/V1__freshet.sql")),
        "grant create on schema freshet to " + role);
    try {
      assertThat(refused(as(role, settings(feed)))).contains("item", "shelf", "owner");
    } finally {
      drop(role);
    }
  }

  @Test
  void roleMayNotReplicate_theCommandIsNamed() {
    settings("wal").build(Shelf.class, Item.class).close();
    String role = role("");
    try {
      assertThat(refused(as(role, validating("wal"))))
          .contains(
              "role " + role + ": it may not replicate", "alter role " + role + " replication");
      database.execute("alter role " + role + " replication");
      as(role, validating("wal")).build(Shelf.class, Item.class).close();
    } finally {
      drop(role);
    }
  }

  private SessionFactories as(String role, SessionFactories settings) {
    return settings
        .with("hibernate.hbm2ddl.auto", "none")
        .with("hibernate.connection.url", database.url().replace("user=postgres", "user=" + role));
  }

  private String name() {
    return database.queryText("select current_database()");
  }

  private String role(String options) {
    String role = "role_" + name();
    database.execute("create role %s login %s".formatted(role, options));
    return role;
  }

  private void drop(String role) {
    database.execute("drop owned by " + role, "drop role " + role);
  }

  @Test
  void databaseMissing_isNamed() {
    assertThat(
            refused(
                settings("notify")
                    .with("freshet.feed.url", database.url().replace(name(), "not_there"))))
        .contains("freshet.feed.url", "not_there", "The database does not exist");
  }

  @Test
  void serverIsSomethingElse_isSaid() throws IOException {
    try (ServerSocket other = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      Thread answering = new Thread(() -> answer(other));
      answering.setDaemon(true);
      answering.start();
      assertThat(
              refused(
                  settings("notify")
                      .with(
                          "freshet.feed.url",
                          "jdbc:postgresql://127.0.0.1:%d/x?user=y&password=%s"
                              .formatted(other.getLocalPort(), Refusal.SECRET))))
          .contains("freshet.feed.url", "127.0.0.1:" + other.getLocalPort(), "host and port");
    }
  }

  private static void answer(ServerSocket server) {
    try {
      while (true) {
        try (Socket client = server.accept()) {
          var unused = client.getInputStream().read();
          client
              .getOutputStream()
              .write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        }
      }
    } catch (IOException e) {
      // closed
    }
  }

  @ParameterizedTest
  @FieldSource("FEEDS")
  void persistenceUnitIsNotPostgres_isSaid_withBothWaysOut(String feed) {
    String url = "jdbc:h2:mem:boot;DB_CLOSE_DELAY=-1";
    assertThat(Refusal.of(FaultyNode.settings(url, feed), url))
        .contains("freshet.feed=" + feed, "H2Dialect", "freshet.feed=none", "freshet.feed.url");
  }

  @Test
  void urlOfAnotherDriver_isRefused() {
    assertThat(
            refused(
                settings("notify")
                    .with("freshet.feed.url", "jdbc:mysql://db/x?password=" + Refusal.SECRET)))
        .contains("freshet.feed.url", "jdbc:mysql://db/x", "jdbc:postgresql://");
  }

  @Test
  void databasePerTenant_isRefused() {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setUrl(database.url());
    assertThat(
            refused(
                settings("notify")
                    .with("hibernate.hbm2ddl.auto", "none")
                    .with("hibernate.multi_tenant_connection_provider", new OneForAll(source))))
        .contains("freshet.feed=notify", "MultiTenantConnectionProvider", "freshet.feed=none");
  }

  /** A provider per tenant that knows one database. */
  private static final class OneForAll
      extends AbstractDataSourceBasedMultiTenantConnectionProviderImpl<Object> {
    private static final long serialVersionUID = 1L;
    private final transient DataSource source;

    OneForAll(DataSource source) {
      this.source = source;
    }

    @Override
    protected DataSource selectAnyDataSource() {
      return source;
    }

    @Override
    protected DataSource selectDataSource(Object tenant) {
      return source;
    }
  }

  @Test
  void auto_withoutTriggers_warns_andWorksWithoutFeed() {
    try (CapturedLog log = CapturedLog.of("io.freshet");
        SessionFactoryImplementor factory = validating("auto").build(Shelf.class, Item.class)) {
      assertThat(log.ids()).contains("FRESHET-001");
      assertThat(log.lines().toString()).contains("freshet.tracking=install");
      assertThat(Freshet.of(factory).status().feed()).isEmpty();
      factory.inTransaction(s -> assertThat(s.find(Item.class, 1L)).isNull());
    }
  }

  @Test
  void auto_withAllTriggers_listens() {
    settings("notify").build(Shelf.class, Item.class).close();
    try (FaultyNode node =
        FaultyNode.on(database.url(), "auto", s -> s.with("freshet.tracking", "validate"))) {
      assertThat(node.feed().kind()).isEqualTo("notify");
      assertThat(node.log.ids()).doesNotContain("FRESHET-001");
    }
  }

  @Test
  void auto_withSomeTriggers_namesTheTableThatHasNone() {
    settings("notify").build(Shelf.class, Item.class).close();
    database.execute(
        "drop trigger freshet_insert on item",
        "drop trigger freshet_update on item",
        "drop trigger freshet_delete on item",
        "drop trigger freshet_truncate on item");
    assertThat(refused(validating("auto")))
        .contains("public.item: the table is not tracked", "freshet.widen('public.item'")
        .doesNotContain("public.shelf:");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"jakarta.persistence.nonJtaDataSource", "hibernate.connection.datasource"})
  void dataSource_tellsItsUrl(String setting) {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setUrl(database.url());
    Configuration configuration = new Configuration();
    configuration.getProperties().put(setting, source);
    configuration.getProperties().put("hibernate.hbm2ddl.auto", "update");
    configuration.getProperties().put("freshet.feed", "notify");
    configuration.getProperties().put("freshet.tracking", "install");
    configuration.addAnnotatedClass(Shelf.class).addAnnotatedClass(Item.class);
    try (SessionFactoryImplementor factory =
        configuration.buildSessionFactory().unwrap(SessionFactoryImplementor.class)) {
      Nodes.settle(factory);
      assertThat(Nodes.feed(factory).open()).isTrue();
    }
  }

  @ParameterizedTest
  @FieldSource("FEEDS")
  void feedUnreachable_theApplicationStarts_andTheFeedFollows(String feed) {
    requireStartAndFollow(feed, Wire::refuse);
  }

  /** The look at the database succeeds, and what comes after it does not. */
  @ParameterizedTest
  @FieldSource("FEEDS")
  void feedUnreachable_afterTheCheck_theApplicationStarts_andTheFeedFollows(String feed) {
    requireStartAndFollow(feed, wire -> wire.admit(1));
  }

  private void requireStartAndFollow(String feed, Consumer<Wire> refuse) {
    try (Wire wire = Wire.to(port())) {
      refuse.accept(wire);
      try (FaultyNode node =
          FaultyNode.booted(
              database.url(),
              feed,
              s -> s.with("freshet.feed.url", wire.through(database.url())))) {
        assertThat(node.logged("FRESHET-044")).hasSize(1);
        assertThat(node.feed().open()).isFalse();
        node.outside("insert into item (id, price) values (1, 1)");
        node.requireFreshWhileBroken();

        wire.accept();

        node.awaitHealed();
        awaitThat(() -> node.log.ids().contains("FRESHET-041"));
      }
    }
  }

  @ParameterizedTest
  @FieldSource("FEEDS")
  void networkSaysNothing_theApplicationStarts_andTheFeedFollows(String feed) {
    try (Wire wire = Wire.to(port())) {
      wire.freeze();
      try (FaultyNode node =
          FaultyNode.booted(
              database.url(),
              feed,
              s -> s.with("freshet.feed.url", wire.through(database.url())))) {
        assertThat(node.logged("FRESHET-044")).hasSize(1);
        node.outside("insert into item (id, price) values (1, 1)");
        node.requireFreshWhileBroken();

        wire.thaw();

        node.awaitHealed();
      }
    }
  }

  @Test
  void tableIsBeingWritten_whileTriggersAreInstalled_theApplicationStarts_andNobodyWaits()
      throws SQLException {
    settings("none").build(Shelf.class, Item.class).close();
    database.execute("insert into item (id, price) values (1, 1), (2, 2)");
    String impatient = database.url() + "&options=-c%20statement_timeout=4s";
    try (Connection writer = database.connect()) {
      writer.setAutoCommit(false);
      execute(writer, "update item set price = 3 where id = 2");
      try (FaultyNode node =
          FaultyNode.booted(
              impatient,
              "notify",
              s ->
                  s.with("hibernate.hbm2ddl.auto", "none")
                      .with("freshet.feed.url", database.url()))) {
        assertThat(node.logged("FRESHET-044").toString()).contains("lock timeout", "tried again");
        node.requireFreshWhileBroken();
        awaitThat(() -> node.feed().reason().contains("lock timeout"));
        writer.commit();
        node.awaitHealed();
      }
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private int port() {
    return Integer.parseInt(database.url().replaceFirst(".*?//[^:]*:([0-9]+)/.*", "$1"));
  }

  @ParameterizedTest
  @FieldSource("FEEDS")
  void password_isToldNowhere(String feed) {
    try (FaultyNode node =
        FaultyNode.on(
            database.url() + "&password=" + Refusal.SECRET,
            feed,
            s ->
                s.with("freshet.feed.url", database.url() + "&password=" + Refusal.SECRET)
                    .with("freshet.feed.password", Refusal.SECRET))) {
      node.ask(
          "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname ="
              + " current_database() and application_name = 'freshet'");
      awaitThat(() -> node.feed().counts().reconnects() > 0);
      node.awaitHealed();

      assertThat(Freshet.of(node.factory).status().toString()).doesNotContain(Refusal.SECRET);
      assertThat(node.log.lines())
          .isNotEmpty()
          .allSatisfy(line -> assertThat(line).doesNotContain(Refusal.SECRET));
    }
  }
}
