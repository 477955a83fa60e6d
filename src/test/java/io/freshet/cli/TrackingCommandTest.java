package io.freshet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.cli.Commands.Ended;
import io.freshet.testing.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrackingCommandTest {

  private static final String TABLES = "category,\"Odd\".\"Order line\"";

  @TempDir private Path directory;
  private TestDatabase database;

  @BeforeEach
  void create() {
    database = TestDatabase.create();
    database.execute(
        "create schema \"Odd\"",
        "create table category (id int primary key, name text)",
        "create table product (id bigint primary key, sku text,"
            + " category_id int references category)",
        "create table \"Odd\".\"Order line\" (\"Order\" int, pos int, primary key (\"Order\", pos))");
  }

  @AfterEach
  void drop() {
    database.close();
  }

  private Ended tracking(String... more) {
    return Commands.run(
        database, Stream.concat(Stream.of("tracking"), Stream.of(more)).toArray(String[]::new));
  }

  @ParameterizedTest
  @ValueSource(strings = {"notify", "wal"})
  void printedScript_runByHand_leavesNoGap(String feed) {
    assertThat(tracking("check", "--feed", feed, "--tables", TABLES).status())
        .isEqualTo(ExitCode.FOUND);

    Ended printed = tracking("print", "--feed", feed, "--tables", TABLES);

    assertThat(printed.status()).as(printed.err()).isEqualTo(ExitCode.OK);
    assertThat(printed.err()).isEmpty();
    database.execute(printed.out());
    Ended check = tracking("check", "--feed", feed, "--tables", TABLES);
    assertThat(check.status()).as(check.out()).isEqualTo(ExitCode.OK);
    database.execute(tracking("print", "--feed", feed, "--tables", TABLES).out() + "select 1");
    assertThat(tracking("check", "--feed", feed, "--tables", TABLES).status())
        .isEqualTo(ExitCode.OK);
  }

  @ParameterizedTest
  @ValueSource(strings = {"notify", "wal"})
  void install_saysWhatItMended_andRemoveTakesItAway(String feed) {
    Ended first = tracking("install", "--feed", feed, "--tables", TABLES);
    assertThat(first.status()).as(first.all()).isEqualTo(ExitCode.OK);
    assertThat(first.out()).contains("mended", "2 table(s) tell of their changes");

    Ended second = tracking("install", "--feed", feed, "--tables", TABLES);
    assertThat(second.out()).contains("nothing was missing");

    Ended asked = tracking("remove", "--feed", feed, "--tables", TABLES);
    assertThat(asked.status()).isEqualTo(ExitCode.USAGE);
    assertThat(asked.err()).contains("--yes");
    assertThat(tracking("check", "--feed", feed, "--tables", TABLES).status())
        .isEqualTo(ExitCode.OK);

    Ended removed = tracking("remove", "--feed", feed, "--tables", TABLES, "--yes");
    assertThat(removed.status()).as(removed.all()).isEqualTo(ExitCode.OK);
    assertThat(tracking("check", "--feed", feed, "--tables", TABLES).status())
        .isEqualTo(ExitCode.FOUND);
    assertThat(tracking("remove", "--feed", feed, "--all", "--yes").err())
        .contains("nothing to remove");
  }

  @Test
  void gap_isNamedWithWhatMendsIt_alsoAsJson() {
    tracking("install", "--tables", TABLES);
    database.execute("drop trigger freshet_delete on category");

    Ended text = tracking("check");
    Ended json = tracking("check", "--json");

    assertThat(text.status()).isEqualTo(ExitCode.FOUND);
    assertThat(text.out()).contains("public.category", "-> select freshet.widen(");
    assertThat(json.json().get("findings").toString()).contains("public.category");
  }

  @Test
  void foreignTable_isRefusedWithTheReason() {
    String role = "freshet_stranger_" + ProcessHandle.current().pid();
    database.execute("create role " + role + " login");
    try {
      tracking("install", "--tables", "category");
      String url = database.url().replaceFirst("user=[^&]*", "user=" + role);
      Ended ended =
          Commands.run(
              java.util.Map.of("FRESHET_URL", url), "tracking", "install", "--tables", "product");

      assertThat(ended.status()).isEqualTo(ExitCode.FOUND);
      assertThat(ended.out()).contains("public.product", "owner");
    } finally {
      database.execute("drop role " + role);
    }
  }

  @Test
  void commandLineThatMakesNoSense_isRefusedWithTheWayOut() {
    assertThat(tracking("install").err()).contains("--tables", "--persistence-unit");
    assertThat(tracking("check", "--tables", "prodct").err())
        .contains("the nearest names are product");
    assertThat(tracking("check", "--tables", "no such; thing").err()).contains("there is no table");
    assertThat(tracking("print", "--tables", "product", "--max-keys", "0").err())
        .contains("--max-keys 0");
    assertThat(tracking("print", "--class-path", "x.jar").err()).contains("--persistence-unit");
    assertThat(tracking("print", "--persistence-unit", "x", "--tables", "y").err())
        .contains("exclude each other");
    assertThat(tracking("print", "--persistence-unit", "x", "--class-path", "nowhere.jar").err())
        .contains("nowhere.jar", "no such file");
    assertThat(
            Stream.of(
                    tracking("install"),
                    tracking("check", "--tables", "prodct"),
                    tracking("nonsense"),
                    tracking())
                .map(Ended::status))
        .containsOnly(ExitCode.USAGE);
  }

  @Test
  void persistenceUnit_isReadFromItsClassPath_andWatchesItsColumns() throws IOException {
    compileShop();

    Ended printed =
        tracking("print", "--persistence-unit", "shop", "--class-path", directory.toString());
    assertThat(printed.status()).as(printed.err()).isEqualTo(ExitCode.OK);
    assertThat(printed.out())
        .contains("select freshet.widen('public.product', '{id}', '{category_id}', 1000);");
    database.execute(printed.out());
    Ended check =
        tracking("check", "--persistence-unit", "shop", "--class-path", directory.toString());
    assertThat(check.status()).as(check.out()).isEqualTo(ExitCode.OK);

    // the foreign key of the cached collection is known from old rows in full only
    Ended wal =
        tracking(
            "print",
            "--feed",
            "wal",
            "--persistence-unit",
            "shop",
            "--class-path",
            directory.toString());
    assertThat(wal.out()).contains("alter table only public.product replica identity full");
    assertThat(database.queryText("select count(*) from pg_class where relname = 'never'"))
        .isEqualTo("0");
    assertThat(Thread.currentThread().getContextClassLoader())
        .isEqualTo(getClass().getClassLoader());
  }

  @Test
  void unknownPersistenceUnit_isRefusedWithTheNames() throws IOException {
    compileShop();

    Ended ended =
        tracking("print", "--persistence-unit", "shp", "--class-path", directory.toString());

    assertThat(ended.status()).isEqualTo(ExitCode.USAGE);
    assertThat(ended.err()).contains("no persistence unit shp", "there is shop");
  }

  /** An application as it lies about: its classes are on no class path of ours. */
  private void compileShop() throws IOException {
    Path source = directory.resolve("Shop.java");
    Files.writeString(
        source,
        """
        package shop;
        import jakarta.persistence.*;
        import java.util.*;
        import org.hibernate.annotations.Cache;
        import org.hibernate.annotations.CacheConcurrencyStrategy;
        public class Shop {
          @Entity(name = "Category") @Cacheable
          public static class Category {
            @Id public int id;
            public String name;
            @OneToMany(mappedBy = "category")
            @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
            public List<Product> products = new ArrayList<>();
          }
          @Entity(name = "Product") @Cacheable
          public static class Product {
            @Id public long id;
            public String sku;
            @ManyToOne public Category category;
          }
          @Entity(name = "Never") @Cacheable
          public static class Never {
            @Id public long id;
          }
        }
        """);
    int failed =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-proc:none",
                "-cp",
                System.getProperty("java.class.path"),
                "-d",
                directory.toString(),
                source.toString());
    assertThat(failed).isZero();
    Files.createDirectories(directory.resolve("META-INF"));
    Files.writeString(
        directory.resolve("META-INF/persistence.xml"),
        """
        <persistence xmlns="https://jakarta.ee/xml/ns/persistence" version="3.0">
          <persistence-unit name="shop" transaction-type="JTA">
            <jta-data-source>java:comp/env/jdbc/shop</jta-data-source>
            <class>shop.Shop$Category</class>
            <class>shop.Shop$Product</class>
            <exclude-unlisted-classes/>
            <shared-cache-mode>ENABLE_SELECTIVE</shared-cache-mode>
            <properties>
              <property name="hibernate.hbm2ddl.auto" value="create-drop"/>
              <property name="freshet.feed" value="wal"/>
            </properties>
          </persistence-unit>
        </persistence>
        """);
    assertThat(List.of(directory.toFile().list())).contains("shop", "META-INF");
  }
}
