package io.freshet.postgres.tracking;

import static io.freshet.postgres.tracking.TrackingLab.run;
import static io.freshet.postgres.tracking.TrackingLab.tracked;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PublicationTest {

  private final Publication publication = new Publication();
  private TrackingLab lab;
  private Coverage coverage;

  @BeforeEach
  void open() throws Exception {
    lab = new TrackingLab();
    lab.database.execute(
        "create table product (id bigint primary key, category_id int, name text)",
        "create table plain (id bigint primary key, name text)",
        "create table heap (a int)",
        "create table sale (id int, y int, primary key (id, y)) partition by list (y)",
        "create table sale_1 partition of sale for values in (1)",
        "create table animal (id int primary key)",
        "create table pet () inherits (animal)",
        "insert into heap values (1)");
    coverage =
        lab.coverage(
            tracked("product", Set.of("id"), Set.of("category_id")),
            tracked("plain", Set.of("id"), Set.of()),
            tracked("heap", Set.of(), Set.of()),
            tracked("sale", Set.of("id"), Set.of("y")),
            tracked("animal", Set.of("id"), Set.of()));
  }

  @AfterEach
  void close() throws Exception {
    lab.close();
  }

  /** Whether the server writes logical WAL is the server's business. */
  private List<Gap> gaps() throws Exception {
    return publication.validate(lab.writer, coverage).stream()
        .filter(gap -> !gap.subject().startsWith("wal_level"))
        .toList();
  }

  @Test
  void install_makesPublicationAndIdentities_once() throws Exception {
    assertThat(gaps()).hasSizeGreaterThan(7);
    assertThat(publication.install(lab.writer, coverage)).isEmpty();
    assertThat(gaps()).isEmpty();
    assertThat(
            lab.database.queryText(
                "select string_agg(relname || relreplident::text, ' ' order by relname) from pg_class"
                    + " where relkind = 'r' and relnamespace = 'public'::regnamespace"))
        .isEqualTo("animald heapf petf plaind productf sale_1f");
    assertThat(
            lab.database.queryText(
                "select string_agg(tablename, ' ' order by tablename) from pg_publication_tables"))
        .isEqualTo("animal heap pet plain product sale");
    String signature = publication.signature(lab.writer, coverage);
    assertThat(publication.install(lab.writer, coverage)).isEmpty();
    assertThat(publication.signature(lab.writer, coverage)).isEqualTo(signature);
    lab.database.execute("update heap set a = 2", "delete from heap");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "alter publication freshet drop table product | it is not in publication freshet",
        "alter publication freshet set (publish = 'insert') | it leaves out one of",
        "alter publication freshet set (publish_via_partition_root = false) | it names partitions",
        "drop publication freshet | it does not exist",
        "alter table product replica identity default | REPLICA IDENTITY is not FULL",
        "alter table sale_1 replica identity nothing | REPLICA IDENTITY is not FULL",
        "create table sale_2 partition of sale for values in (2) | REPLICA IDENTITY is not FULL",
        "alter table plain drop constraint plain_pkey | REPLICA IDENTITY is not FULL",
        "create table cat () inherits (animal) | it is not in publication freshet",
      })
  void damage_isNoticed_andMended(String damage, String problem) throws Exception {
    publication.install(lab.writer, coverage);
    String before = publication.signature(lab.writer, coverage);
    lab.database.execute(damage);
    assertThat(publication.signature(lab.writer, coverage)).isNotEqualTo(before);
    assertThat(gaps()).anySatisfy(gap -> assertThat(gap.problem()).contains(problem));
    assertThat(publication.install(lab.writer, coverage)).isEmpty();
    assertThat(gaps()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "alter publication freshet set table product where (id > 1), plain, heap, sale, animal",
        "alter publication freshet set table product (id, category_id), plain, heap, sale, animal",
      })
  void filter_isAGap_whoseRemedyMendsIt(String filter) throws Exception {
    publication.install(lab.writer, coverage);
    lab.database.execute(filter);
    List<Gap> gaps = gaps();
    assertThat(gaps)
        .singleElement()
        .satisfies(gap -> assertThat(gap.problem()).contains("row filter or column list"));
    lab.database.execute(gaps.get(0).remedy());
    assertThat(gaps()).isEmpty();
  }

  @Test
  void remedies_areCommandsThatMend() throws Exception {
    for (Gap gap : gaps()) {
      lab.database.execute(gap.remedy());
    }
    assertThat(gaps()).isEmpty();
  }

  @Test
  void missingRights_areGaps() throws Exception {
    String role = "freshet_wal_" + lab.database.queryText("select current_database()");
    lab.database.execute("create role " + role);
    try {
      run(lab.writer, "set role " + role);
      assertThat(publication.install(lab.writer, coverage))
          .singleElement()
          .asString()
          .contains("publication freshet: permission denied for database")
          .contains("create publication freshet with");
      assertThat(gaps())
          .contains(
              new Gap(
                  "role " + role, "it may not replicate", "alter role " + role + " replication"));
      run(lab.writer, "reset role", "create publication freshet", "set role " + role);
      assertThat(publication.install(lab.writer, coverage))
          .anySatisfy(gap -> assertThat(gap.problem()).contains("must be owner"));
    } finally {
      run(lab.writer, "reset role");
      lab.database.execute("drop role " + role);
    }
  }
}
