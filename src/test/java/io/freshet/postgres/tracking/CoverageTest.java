package io.freshet.postgres.tracking;

import static io.freshet.postgres.tracking.TrackingLab.run;
import static io.freshet.postgres.tracking.TrackingLab.tracked;
import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.change.TableName;
import io.freshet.change.TrackingPlan;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CoverageTest {

  private TrackingLab lab;

  @BeforeEach
  void open() throws Exception {
    lab = new TrackingLab();
    lab.database.execute(
        "create schema shop",
        "create table product (name text, \"categoryId\" int, id bigint primary key)",
        "create table shop.product (id int primary key)",
        "create table \"Product\" (id int primary key)",
        "create table category (id int primary key)",
        "create view cheap as select p.* from product p join category c on c.id = p.\"categoryId\"",
        "create view cheapest as select * from cheap limit 1",
        "create materialized view summary as select count(*) from product",
        "create view over_summary as select * from summary");
  }

  @AfterEach
  void close() throws Exception {
    lab.close();
  }

  private static TableName name(String name) {
    return TrackingLab.table(name);
  }

  private static List<TableName> names(Coverage coverage) {
    return coverage.tables().stream().map(Coverage.Table::name).toList();
  }

  @Test
  void name_withoutSchema_meansWhatTheSearchPathFinds_inAnyCase() throws Exception {
    Coverage coverage =
        lab.coverage(tracked("PRODUCT", Set.of("ID"), Set.of("categoryid", "nonsense")));
    assertThat(names(coverage))
        .containsExactlyInAnyOrder(name("product"), new TableName("public", "Product"));
    assertThat(coverage.tables())
        .filteredOn(table -> table.name().equals(name("product")))
        .singleElement()
        .satisfies(
            table -> {
              assertThat(table.key()).containsExactly("id");
              assertThat(table.watched()).containsExactly("categoryId");
            });
    run(lab.writer, "set search_path = shop");
    assertThat(names(lab.coverage(tracked("product", Set.of("id"), Set.of()))))
        .containsExactly(name("shop.product"));
    assertThat(names(lab.coverage(tracked("public.category", Set.of("id"), Set.of()))))
        .containsExactly(name("category"));
  }

  @Test
  void view_isReplacedByItsTables_thatKeepWhatIsWantedOfThem() throws Exception {
    Coverage coverage =
        lab.coverage(
            tracked("cheapest", Set.of("id"), Set.of()),
            tracked("category", Set.of("id"), Set.of()));
    assertThat(names(coverage)).containsExactlyInAnyOrder(name("product"), name("category"));
    assertThat(coverage.readers())
        .containsEntry(name("product"), Set.of(name("cheapest")))
        .containsEntry(name("category"), Set.of(name("cheapest")));
    assertThat(coverage.tables())
        .filteredOn(table -> table.name().equals(name("category")))
        .singleElement()
        .satisfies(table -> assertThat(table.key()).containsExactly("id"));
    assertThat(coverage.gaps()).isEmpty();
  }

  @Test
  void mentions_thatAreTables_areCovered() throws Exception {
    Coverage coverage =
        Coverage.resolve(
            lab.writer,
            new TrackingPlan(List.of(), Set.of("category", "where", "shop.product", "cheap")));
    assertThat(names(coverage)).containsExactlyInAnyOrder(name("category"), name("product"));
    assertThat(coverage.gaps()).isEmpty();
  }

  @Test
  void whatCanNotBeTold_isAGapWithARemedy() throws Exception {
    Coverage coverage =
        lab.coverage(
            tracked("over_summary", Set.of(), Set.of()),
            tracked("nowhere", Set.of(), Set.of()),
            tracked("pg_class", Set.of(), Set.of()));
    assertThat(coverage.tables()).isEmpty();
    assertThat(coverage.gaps())
        .extracting(Gap::subject)
        .containsExactly("public.summary", "nowhere", "pg_catalog.pg_class");
    assertThat(coverage.gaps()).allSatisfy(gap -> assertThat(gap.remedy()).isNotBlank());
    run(lab.writer, "set search_path = pg_catalog");
    assertThat(lab.coverage(tracked("category", Set.of(), Set.of())).gaps())
        .containsExactly(
            new Gap(
                "category",
                "there is no such table; there is public.category",
                "Name its schema in the mapping, or set the connection's search_path"));
  }

  @Test
  void virtualColumns_areNotAskedFor() throws Exception {
    if (lab.writer.getMetaData().getDatabaseMajorVersion() >= 18) {
      lab.database.execute(
          "alter table category add column twice int generated always as (id * 2)");
      assertThat(lab.coverage(tracked("category", Set.of("id"), Set.of("twice"))).tables())
          .singleElement()
          .satisfies(table -> assertThat(table.watched()).isEmpty());
    }
  }
}
