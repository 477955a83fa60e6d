package io.freshet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.cli.Commands.Ended;
import io.freshet.testing.TestDatabase;
import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Each finding is provoked for real, and where its remedy is a command, that mends it. */
class DoctorTest {

  private static final String ARROW = "-> ";

  private TestDatabase database;

  @BeforeEach
  void create() {
    database = TestDatabase.create();
    database.execute(
        "create table category (id int primary key, name text)",
        "create table product (id bigint primary key, category_id int references category)");
  }

  @AfterEach
  void drop() {
    database.close();
  }

  private Ended doctor(String... more) {
    return Commands.run(
        database, Stream.concat(Stream.of("doctor"), Stream.of(more)).toArray(String[]::new));
  }

  private void track(String feed) {
    Ended ended =
        Commands.run(
            database, "tracking", "install", "--feed", feed, "--tables", "category,product");
    assertThat(ended.status()).as(ended.all()).isEqualTo(ExitCode.OK);
  }

  private static String line(Ended ended, String part) {
    return ended.out().lines().filter(one -> one.contains(part)).findFirst().orElseThrow();
  }

  /** What is below the line with this part. */
  private static String remedy(Ended ended, String part) {
    List<String> lines = ended.out().lines().toList();
    String below = lines.get(lines.indexOf(line(ended, part)) + 1);
    assertThat(below).contains(ARROW);
    return below.substring(below.indexOf(ARROW) + ARROW.length());
  }

  @Test
  void untouchedDatabase_isWarnedOf() {
    Ended ended = doctor();

    assertThat(ended.status()).as(ended.all()).isEqualTo(ExitCode.WARNED);
    assertThat(line(ended, "no table tells")).startsWith("WARNING");
    assertThat(line(ended, "PostgreSQL ")).startsWith("OK");
    assertThat(line(ended, "LISTEN")).startsWith("OK");
    assertThat(line(ended, "connection")).startsWith("OK").contains("straight to the server");
  }

  @Test
  void everythingInPlace_isOk() {
    track("notify");
    track("wal");

    Ended ended = doctor("--feed", "both");

    assertThat(ended.status()).as(ended.all()).isEqualTo(ExitCode.OK);
    assertThat(ended.out())
        .contains("tracking by notify", "tracking by wal", "replication", "max_replication_slots")
        .doesNotContain("ERROR", "WARNING");
    assertThat(ended.err()).isEmpty();
  }

  @Test
  void droppedTrigger_isFound_andItsRemedyMendsIt() {
    track("notify");
    database.execute("drop trigger freshet_update on product");

    Ended ended = doctor();

    assertThat(ended.status()).isEqualTo(ExitCode.FOUND);
    assertThat(line(ended, "public.product")).startsWith("ERROR").contains("a trigger is missing");
    database.execute(remedy(ended, "public.product"));
    assertThat(doctor().status()).isEqualTo(ExitCode.OK);
  }

  @Test
  void disabledTrigger_isFound() {
    track("notify");
    database.execute("alter table product disable trigger freshet_insert");

    Ended ended = doctor();

    assertThat(ended.status()).isEqualTo(ExitCode.FOUND);
    assertThat(line(ended, "public.product")).startsWith("ERROR").contains("freshet_insert");
  }

  @Test
  void namedTableThatIsNotTracked_isFound() {
    track("notify");
    database.execute("create table stock (id int primary key)");

    assertThat(doctor().status()).isEqualTo(ExitCode.OK);
    Ended ended = doctor("--tables", "stock");

    assertThat(ended.status()).isEqualTo(ExitCode.FOUND);
    assertThat(line(ended, "public.stock")).contains("not tracked");
  }

  @Test
  void partitionWithoutTriggers_isFound() {
    database.execute(
        "create table sale (id int primary key) partition by range (id)",
        "create table sale_1 partition of sale for values from (1) to (10)");
    Commands.run(database, "tracking", "install", "--tables", "sale");
    database.execute(
        "create table sale_2 (id int primary key)",
        "alter table sale attach partition sale_2 for values from (10) to (20)");

    Ended ended = doctor();

    assertThat(ended.status()).isEqualTo(ExitCode.FOUND);
    assertThat(line(ended, "public.sale_2")).startsWith("ERROR").contains("not tracked");
  }

  @Test
  void publicationWithColumnList_isFound() {
    database.execute("create publication freshet for table product (id)");

    Ended ended = doctor("--feed", "wal");

    assertThat(ended.status()).isEqualTo(ExitCode.FOUND);
    assertThat(ended.out()).contains("row filter or column list");
  }

  @Test
  void publishedTableWithoutIdentity_isFound_andItsRemedyMendsIt() {
    track("wal");
    database.execute(
        "create table note (text text)", "alter publication freshet add table only note");

    Ended ended = doctor("--feed", "wal", "--tables", "note");

    assertThat(ended.status()).isEqualTo(ExitCode.FOUND);
    assertThat(line(ended, "public.note")).contains("REPLICA IDENTITY");
    database.execute(remedy(ended, "public.note"));
    assertThat(doctor("--feed", "wal", "--tables", "note").status()).isEqualTo(ExitCode.OK);
  }

  @Test
  void abandonedSlot_isFound_andItsRemedyDropsIt() {
    String slot = "freshet_left_" + ProcessHandle.current().pid();
    database.execute("select pg_create_logical_replication_slot('%s', 'pgoutput')".formatted(slot));
    try {
      Ended ended = doctor();

      assertThat(ended.status()).isEqualTo(ExitCode.WARNED);
      assertThat(line(ended, slot)).startsWith("WARNING").contains("nobody reads it");
      assertThat(line(ended, "max_slot_wal_keep_size")).startsWith("WARNING");
      String remedy = remedy(ended, slot);
      database.execute(remedy.substring(remedy.indexOf("select")));
    } finally {
      database.execute(
          "select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = '%s'"
              .formatted(slot));
    }
    assertThat(doctor().out()).doesNotContain(slot);
  }

  @Test
  void changesThatCouldNotBeTold_areFound() {
    track("notify");
    database.execute("select freshet.note_unannounced()");

    Ended ended = doctor();

    assertThat(ended.status()).isEqualTo(ExitCode.WARNED);
    assertThat(line(ended, "freshet.unannounced")).startsWith("WARNING").contains("1 since");
  }

  @Test
  void openTransaction_isFoundFromItsAgeOn() throws Exception {
    track("notify");
    try (Connection idle = database.connect();
        Statement statement = idle.createStatement()) {
      idle.setAutoCommit(false);
      statement.execute("insert into category values (1, 'a')");
      statement.execute("select pg_sleep(0.01)");

      Ended ended = doctor("--old", "1ms");

      assertThat(ended.status()).isEqualTo(ExitCode.WARNED);
      assertThat(line(ended, "idle in transaction"))
          .contains("it has written, so that new replication slots wait");
      assertThat(remedy(ended, "idle in transaction")).startsWith("select pg_terminate_backend(");
      assertThat(doctor("--old", "1h").status()).isEqualTo(ExitCode.OK);
      idle.rollback();
    }
  }

  @Test
  void roleWithoutRights_isToldWhatItMayNot() {
    track("notify");
    track("wal");
    String role = "freshet_reader_" + ProcessHandle.current().pid();
    database.execute("create role " + role + " login");
    try {
      String url = database.url().replaceFirst("user=[^&]*", "user=" + role);
      Ended ended =
          Commands.run(Map.of(ConnectionOptions.ENV_URL, url), "doctor", "--feed", "both");

      assertThat(ended.status()).isEqualTo(ExitCode.FOUND);
      assertThat(line(ended, "it may not replicate")).startsWith("ERROR");
      assertThat(line(ended, "a replication connection is refused")).startsWith("ERROR");
      assertThat(line(ended, "schema freshet")).startsWith("INFO");
      assertThat(line(ended, "tables of others")).startsWith("INFO").contains("public.product");
    } finally {
      database.execute("drop role " + role);
    }
  }

  @Test
  @SuppressWarnings("unchecked")
  void json_isOneObjectWithAllThatTheTextSays() {
    track("notify");
    database.execute("drop trigger freshet_update on product");

    Ended ended = doctor("--json");

    assertThat(ended.status()).isEqualTo(ExitCode.FOUND);
    assertThat(ended.out().lines()).hasSize(1);
    Map<String, Object> json = ended.json();
    assertThat(json.get("worst")).isEqualTo("ERROR");
    List<Map<String, Object>> findings = (List<Map<String, Object>>) json.get("findings");
    assertThat(findings.get(0))
        .containsEntry("severity", "ERROR")
        .containsEntry("subject", "public.product")
        .containsKeys("problem", "remedy");
    assertThat(findings).anyMatch(one -> one.get("severity").equals("OK"));
  }
}
