package io.freshet.mapping;

import static io.freshet.mapping.Lab.row;
import static io.freshet.mapping.Lab.updated;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.change.TableName;
import io.freshet.change.UnknownChange;
import jakarta.persistence.Cacheable;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class NamesTest {

  private static Lab lab;

  @BeforeAll
  static void start() {
    lab =
        Lab.of(
            Map.of(),
            List.of(Sales.class, Stock.class, Plain.class),
            "create schema sales",
            "create schema \"Stock\"");
  }

  @AfterAll
  static void stop() {
    lab.close();
  }

  private static void load() {
    lab.factory.getCache().evictAllRegions();
    lab.database.execute(
        "truncate sales.item, \"Stock\".\"Item\", plain",
        "insert into sales.item(id, name) values (1, 'a')",
        "insert into \"Stock\".\"Item\"(\"Id\", \"the Name\") values (1, 'a')",
        "insert into plain(id, \"order\") values (1, 2)");
    lab.write(
        session -> {
          session.find(Sales.class, 1L);
          session.find(Stock.class, 1L);
          session.find(Plain.class, 1L);
        });
    assertThat(lab.cached(Sales.class, 1L) && lab.cached(Stock.class, 1L)).isTrue();
  }

  @Test
  void schemas_sameTableName_toldApart() {
    load();

    lab.change(
        "update sales.item set name = 'b'",
        updated("sales.item", List.of("name"), row("id", 1), row()));

    assertThat(lab.cached(Sales.class, 1L)).isFalse();
    assertThat(lab.cached(Stock.class, 1L)).isTrue();
  }

  @Test
  void schemaUnknown_bothTablesOfTheName() {
    load();

    lab.change(
        "update sales.item set name = 'b'", updated("item", List.of("name"), row("id", 1), row()));

    assertThat(lab.cached(Sales.class, 1L)).isFalse();
  }

  @Test
  void quotedNames_asPostgresReportsThem_keyFound() {
    load();

    lab.change(
        "update \"Stock\".\"Item\" set \"the Name\" = 'b'",
        updated("\"Stock\".\"Item\"", List.of("the Name"), row("Id", "1"), row()));

    assertThat(lab.cached(Stock.class, 1L)).isFalse();
    assertThat(lab.cached(Sales.class, 1L)).isTrue();
    assertThat(lab.<String>read(s -> s.find(Stock.class, 1L).name)).isEqualTo("b");
  }

  @Test
  void unmappedSchemaOfTheMapping_matchesAnySchema() {
    load();

    lab.change(
        "update plain set \"order\" = 3",
        updated("public.plain", List.of("order"), row("id", 1), row()));

    assertThat(lab.cached(Plain.class, 1L)).isFalse();
  }

  @Test
  void querySpaces_everySpellingOfTheTable() {
    assertThat(
            lab.map().footprint(updated("Item", List.of("id"), row(), row()), null).querySpaces())
        .contains("Item", "item", "sales.item", "\"Stock\".\"Item\"", "Stock.Item");
    assertThat(
            lab.map()
                .footprint(updated("sales.item", List.of("id"), row(), row()), null)
                .querySpaces())
        .containsExactlyInAnyOrder("item", "sales.item");
    assertThat(
            lab.map()
                .footprint(updated("log.Entry", List.of("id"), row(), row()), null)
                .querySpaces())
        .containsExactlyInAnyOrder("Entry", "entry", "log.Entry", "log.entry");
  }

  @Test
  void unknownChange_everything() {
    assertThat(lab.map().footprint(new UnknownChange("test"), null))
        .isEqualTo(Footprint.EVERYTHING);
  }

  @Test
  void entityLookup_byClassAndNames_found() {
    assertThat(CacheNames.entity(lab.factory, Sales.class).getEntityName())
        .isEqualTo(Sales.class.getName());
    assertThat(CacheNames.entity(lab.factory, new Sales() {}.getClass()).getEntityName())
        .isEqualTo(Sales.class.getName());
    assertThat(CacheNames.entity(lab.factory, "Stock").getEntityName())
        .isEqualTo(Stock.class.getName());
    assertThat(CacheNames.entity(lab.factory, Stock.class.getName()).getEntityName())
        .isEqualTo(Stock.class.getName());
  }

  @Test
  void entityLookup_unknown_nearestNamesInTheMessage() {
    assertThatThrownBy(() -> CacheNames.entity(lab.factory, "Slaes"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("unknown entity 'Slaes', nearest are [Sales, Plain, Stock]");
    assertThatThrownBy(() -> CacheNames.entity(lab.factory, String.class))
        .hasMessageContaining("unknown entity 'java.lang.String'");
  }

  @Test
  void tableLookup_knownAndUnknown() {
    assertThat(CacheNames.table(lab.map(), "SALES.Item")).isEqualTo(new TableName("SALES", "Item"));
    assertThatThrownBy(() -> CacheNames.table(lab.map(), "plian"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("unknown table 'plian', nearest are [Plain");
    assertThatThrownBy(() -> CacheNames.table(lab.map(), " "))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(lab.map().tableNames()).containsExactly("Plain", "Stock.Item", "sales.item");
  }

  @Entity(name = "Sales")
  @Table(schema = "sales", name = "item")
  @Cacheable
  static class Sales {
    @Id Long id;
    String name;
  }

  @Entity(name = "Stock")
  @Table(schema = "`Stock`", name = "`Item`")
  @Cacheable
  static class Stock {
    @Id
    @Column(name = "`Id`")
    Long id;

    @Column(name = "`the Name`")
    String name;
  }

  @Entity(name = "Plain")
  @Cacheable
  static class Plain {
    @Id Long id;

    @Column(name = "`order`")
    Integer order;
  }
}
