package io.freshet.mapping;

import static io.freshet.mapping.Lab.deleted;
import static io.freshet.mapping.Lab.row;
import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.change.Change;
import io.freshet.change.ColumnSet;
import io.freshet.change.Operation;
import io.freshet.change.RowChange;
import io.freshet.change.RowValues;
import io.freshet.change.TableChange;
import io.freshet.change.TableName;
import io.freshet.change.UnknownChange;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.Version;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.hibernate.annotations.ColumnTransformer;
import org.hibernate.annotations.DynamicUpdate;
import org.hibernate.annotations.Formula;
import org.hibernate.annotations.Generated;
import org.hibernate.annotations.OnDelete;
import org.hibernate.annotations.OnDeleteAction;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the mapping alone tells about the database's own doing. */
class WriteThroughTest {

  private static Lab lab;

  @BeforeAll
  static void start() {
    lab =
        Lab.of(
            Simple.class,
            Dynamic.class,
            Timed.class,
            Scaled.class,
            Computed.class,
            Made.class,
            Fixed.class,
            Upper.class,
            Leaf.class,
            Stray.class);
  }

  @AfterAll
  static void stop() {
    lab.close();
  }

  private static boolean equalsRow(Class<?> type) {
    return WriteThrough.entryEqualsRow(lab.entity(type));
  }

  @Test
  void entryEqualsRow_plainTypesAllWritten_true() {
    assertThat(equalsRow(Simple.class)).isTrue();
    assertThat(equalsRow(Leaf.class)).isTrue();
  }

  @Test
  void entryEqualsRow_anythingElse_false() {
    for (Class<?> type :
        List.of(
            Dynamic.class,
            Timed.class,
            Scaled.class,
            Computed.class,
            Made.class,
            Fixed.class,
            Upper.class)) {
      assertThat(equalsRow(type)).as(type.getSimpleName()).isFalse();
    }
  }

  @Test
  void entryEqualsRow_textColumnKnownAsInexact_false() {
    assertThat(
            WriteThrough.entryEqualsRow(
                lab.entity(Simple.class), (table, column) -> !column.equals("name")))
        .isFalse();
  }

  @Test
  void widen_cascadingDelete_childRowsPinnedByForeignKeyAndFurther() {
    MappedSideEffects effects = MappedSideEffects.of(lab.metadata, lab.factory);
    Change delete = deleted("simple", "id", 1L);

    List<Change> widened = effects.widen(List.of(delete));

    assertThat(widened)
        .containsExactly(
            delete,
            new RowChange(
                TableName.of("Leaf"),
                Operation.DELETE,
                row("parent_id", 1L),
                RowValues.UNKNOWN,
                ColumnSet.ALL),
            new TableChange(
                TableName.of("Stray"), Operation.UPDATE, ColumnSet.of(List.of("leaf_id"))));
  }

  @Test
  void widen_updateOrInsert_nothingMore() {
    MappedSideEffects effects = MappedSideEffects.of(lab.metadata, lab.factory);
    Change insert = Lab.inserted("simple", "id", 1L);

    assertThat(effects.widen(List.of(insert))).containsExactly(insert);
  }

  @Test
  void widen_truncate_referringTablesToo() {
    MappedSideEffects effects = MappedSideEffects.of(lab.metadata, lab.factory);

    assertThat(
            effects.widen(
                List.of(
                    new TableChange(TableName.of("simple"), Operation.TRUNCATE, ColumnSet.ALL))))
        .hasSize(3);
  }

  @Test
  void ofCalls_dialectFunctionsPure_othersUnknown() {
    MappedSideEffects effects = MappedSideEffects.of(lab.metadata, lab.factory);

    assertThat(effects.ofCalls(List.of("upper", "coalesce", "COUNT"))).isEmpty();
    assertThat(effects.ofCalls(List.of("upper", "sales.close_month")))
        .singleElement()
        .isInstanceOfSatisfying(
            UnknownChange.class,
            unknown -> assertThat(unknown.reason()).contains("sales.close_month"));
    assertThat(effects.storesAsWritten(TableName.of("simple"))).isFalse();
  }

  enum Kind {
    A
  }

  @Entity(name = "Simple")
  static class Simple {
    @Id Long id;
    @Version int version;
    String name;
    Boolean flag;
    UUID token;
    double ratio;

    @Enumerated(EnumType.STRING)
    Kind kind;
  }

  @Entity(name = "Leaf")
  static class Leaf {
    @Id Long id;

    @ManyToOne
    @OnDelete(action = OnDeleteAction.CASCADE)
    Simple parent;
  }

  @Entity(name = "Stray")
  static class Stray {
    @Id Long id;

    @ManyToOne
    @OnDelete(action = OnDeleteAction.SET_NULL)
    Leaf leaf;
  }

  @Entity(name = "Dynamic")
  @DynamicUpdate
  static class Dynamic {
    @Id Long id;
    String name;
  }

  @Entity(name = "Timed")
  static class Timed {
    @Id Long id;
    Instant at;
  }

  @Entity(name = "Scaled")
  static class Scaled {
    @Id Long id;
    BigDecimal price;
  }

  @Entity(name = "Computed")
  static class Computed {
    @Id Long id;

    @Formula("id + 1")
    Long next;
  }

  @Entity(name = "Made")
  static class Made {
    @Id Long id;
    @Generated Integer number;
  }

  @Entity(name = "Fixed")
  static class Fixed {
    @Id Long id;

    @Column(updatable = false)
    String name;
  }

  @Entity(name = "Upper")
  static class Upper {
    @Id Long id;

    @ColumnTransformer(write = "upper(?)")
    String name;
  }
}
