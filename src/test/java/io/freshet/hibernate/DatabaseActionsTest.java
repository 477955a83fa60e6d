package io.freshet.hibernate;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.testing.Shop.Category;
import io.freshet.testing.Shop.Customer;
import io.freshet.testing.Shop.Note;
import io.freshet.testing.Shop.Product;
import java.io.StringReader;
import java.util.List;
import org.hibernate.Session;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;

/** What the database does of its own accord, and what SQL can do that no mapping knows of. */
class DatabaseActionsTest {

  private static Stage stage;

  @BeforeAll
  static void build() {
    stage =
        Stage.shop(
            "do $$ declare c record; begin for c in select conname, conrelid::regclass r from"
                + " pg_constraint where contype = 'f' loop execute format('alter table %s drop"
                + " constraint %I', c.r, c.conname); end loop; end $$",
            "alter table product add foreign key (category_id) references category on delete set"
                + " null",
            "alter table product_labels add foreign key (product_id) references product on delete"
                + " cascade",
            "alter table product_tag add foreign key (products_id) references product on delete"
                + " cascade",
            "alter table product_tag add foreign key (tags_id) references tag on delete cascade",
            "create function shout() returns trigger language plpgsql as"
                + " $$ begin new.full_name := upper(new.full_name); return new; end $$",
            "create trigger shout before insert or update on customer for each row execute"
                + " function shout()",
            "create function jot() returns trigger language plpgsql as"
                + " $$ begin update note set text = 'jotted ' || new.name where id = 1;"
                + " return null; end $$",
            "create trigger jot after update on tag for each row execute function jot()");
  }

  @AfterAll
  static void close() {
    stage.close();
  }

  @BeforeEach
  void seed() {
    stage.seed();
    stage.read(
        s -> {
          s.createSelectionQuery("from Product", Product.class).getResultList();
          s.createSelectionQuery("from Customer", Customer.class).getResultList();
          s.find(Note.class, 1L);
          return null;
        });
    for (String entity : List.of("Product", "Customer", "Note", "Category")) {
      stage.names(entity);
    }
    stage.productsOf(1);
    stage.labels(1);
    stage.tags(1);
    stage.tagged(1);
  }

  private static void sql(Session session, String sql) {
    session.createNativeMutationQuery(sql).executeUpdate();
  }

  private static Long categoryOf(long product) {
    return stage.read(
        s -> {
          Category category = s.find(Product.class, product).category;
          return category == null ? null : (Long) s.getIdentifier(category);
        });
  }

  @Test
  void parent_deletedWithSetNull_childrenAndQueriesAreFresh() {
    assertThat(categoryOf(1)).isEqualTo(1);
    stage.writeAndRollBack(s -> sql(s, "delete from category where id = 1"));
    assertThat(stage.holds(Product.class, 1L)).isTrue();
    stage.write(s -> sql(s, "delete from category where id = 1"));
    assertThat(categoryOf(1)).isNull();
    assertThat(categoryOf(2)).isNull();
    assertThat(categoryOf(3)).isEqualTo(2);
    assertThat(stage.holds(Customer.class, 1L)).isTrue();
  }

  @Test
  void parent_deletedByFlushWithSetNull_childrenAreFresh() {
    stage.write(s -> s.remove(s.find(Category.class, 1L)));
    assertThat(categoryOf(1)).isNull();
    assertThat(stage.name(Category.class, 1)).isNull();
  }

  @Test
  void parent_deletedWithCascade_collectionsAreFresh() {
    stage.write(s -> s.createMutationQuery("delete from Product where id = 1").executeUpdate());
    assertThat(stage.tagged(1)).isEmpty();
    stage.database.execute("insert into product (id, sku, name, price) values (1, 'z', 'z', 1)");
    assertThat(stage.labels(1)).isEmpty();
    assertThat(stage.tags(1)).isEmpty();
  }

  @Test
  void trigger_writingAnotherTable_isFollowedFromEachPath() {
    stage.write(s -> s.find(io.freshet.testing.Shop.Tag.class, 1L).name = "by flush");
    assertThat(stage.name(Note.class, 1)).isEqualTo("jotted by flush");
    assertThat(stage.names("Note")).contains("jotted by flush");
    stage.write(
        s -> s.createMutationQuery("update Tag set name = 'hql' where id = 1").executeUpdate());
    assertThat(stage.name(Note.class, 1)).isEqualTo("jotted hql");
    stage.write(s -> sql(s, "update tag set name = 'native' where id = 1"));
    assertThat(stage.name(Note.class, 1)).isEqualTo("jotted native");
    stage.factory.inStatelessTransaction(
        s -> s.update(new io.freshet.testing.Shop.Tag(1, "stateless")));
    assertThat(stage.name(Note.class, 1)).isEqualTo("jotted stateless");
    assertThat(stage.names("Note")).contains("jotted stateless");
  }

  @Test
  void trigger_changingItsOwnRow_cachedValueEqualsTheRow() {
    stage.write(s -> s.find(Customer.class, 1L).name = "quiet");
    assertThat(stage.name(Customer.class, 1)).isEqualTo("QUIET");
    assertThat(stage.name(Customer.class, 1)).isEqualTo("QUIET");
    stage.write(s -> s.persist(new Customer(9, "new")));
    assertThat(stage.name(Customer.class, 9)).isEqualTo("NEW");
    stage.factory.inStatelessTransaction(s -> s.upsert(new Customer(9, "upserted")));
    assertThat(stage.name(Customer.class, 9)).isEqualTo("UPSERTED");
  }

  @Test
  void entityUpdate_onAPlainTable_keepsWhatItCached() {
    stage.write(s -> s.find(Note.class, 1L));
    stage.write(s -> s.find(Category.class, 1L).name = "kept");
    assertThat(stage.holds(Category.class, 1L)).as("written through").isTrue();
    assertThat(stage.name(Category.class, 1)).isEqualTo("kept");
  }

  @Test
  void truncate_empties_andRolledBackDoesNot() {
    String truncate = "truncate product, product_tag, product_labels";
    stage.writeAndRollBack(s -> sql(s, truncate));
    assertThat(stage.holds(Product.class, 1L)).isTrue();
    stage.write(s -> sql(s, truncate));
    assertThat(stage.name(Product.class, 1)).isNull();
    assertThat(stage.names("Product")).isEmpty();
    assertThat(stage.productsOf(1)).isEmpty();
    assertThat(stage.tagged(1)).isEmpty();
    assertThat(stage.holds(Customer.class, 1L)).isTrue();
  }

  @Test
  void insertSelect_inHqlAndSql_reachesQueriesAndCollections() {
    stage.write(
        s ->
            s.createMutationQuery(
                    "insert into Product (id, sku, name, price, category) select p.id + 10,"
                        + " p.sku || 'x', 'copy', p.price, p.category from Product p where p.id = 1")
                .executeUpdate());
    assertThat(stage.productsOf(1)).containsExactly(1L, 2L, 11L);
    stage.write(
        s ->
            sql(
                s,
                "insert into product (id, sku, name, price, category_id)"
                    + " select 12, 's12', 'copy', 1, 1"));
    assertThat(stage.productsOf(1)).containsExactly(1L, 2L, 11L, 12L);
    assertThat(stage.names("Product")).containsExactly("p1", "p2", "p3", "copy", "copy");
  }

  @Test
  void copy_throughTheDriversConnection_isFreshInAndOutsideATransaction() {
    stage.write(s -> s.doWork(c -> copy(c, "4\ts4\tp4\t1\t1\n")));
    assertThat(stage.productsOf(1)).containsExactly(1L, 2L, 4L);
    assertThat(stage.names("Product")).containsExactly("p1", "p2", "p3", "p4");
    try (Session session = stage.factory.openSession()) {
      session.doWork(
          c -> {
            boolean before = c.getAutoCommit();
            c.setAutoCommit(true);
            copy(c, "5\ts5\tp5\t1\t1\n");
            assertThat(stage.productsOf(1)).containsExactly(1L, 2L, 4L, 5L);
            c.setAutoCommit(before);
          });
    }
    assertThat(stage.names("Product")).containsExactly("p1", "p2", "p3", "p4", "p5");
    assertThat(stage.queryHits("Product")).as("no fence is left").isTrue();
  }

  private static void copy(java.sql.Connection connection, String row)
      throws java.sql.SQLException {
    try {
      connection
          .unwrap(PGConnection.class)
          .getCopyAPI()
          .copyIn(
              "copy product (id, sku, name, price, category_id) from stdin", new StringReader(row));
    } catch (java.io.IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void copy_rolledBack_leavesNothing() {
    stage.writeAndRollBack(
        s -> {
          s.doWork(c -> copy(c, "4\ts4\tp4\t1\t1\n"));
          assertThat(s.find(Product.class, 4L).name).isEqualTo("p4");
        });
    assertThat(stage.name(Product.class, 4)).isNull();
    assertThat(stage.productsOf(1)).containsExactly(1L, 2L);
  }

  @Test
  void autocommit_inDoWork_isFreshAtOnce() {
    try (Session session = stage.factory.openSession()) {
      session.doWork(
          c -> {
            boolean before = c.getAutoCommit();
            c.setAutoCommit(true);
            try (var statement = c.createStatement()) {
              statement.executeUpdate("update product set name = 'auto' where id = 1");
              assertThat(stage.name(Product.class, 1)).isEqualTo("auto");
              assertThat(stage.names("Product")).containsExactly("auto", "p2", "p3");
              assertThat(stage.holds(Product.class, 2L)).isTrue();
            }
            c.setAutoCommit(before);
          });
    }
  }

  @Test
  void returning_loadsOfUncommittedRows_areNotPublished() {
    stage.evictAll();
    stage.writeAndRollBack(
        s ->
            s.createNativeQuery(
                    "update product set name = 'phantom' where id = 1 returning *", Product.class)
                .getResultList());
    assertThat(stage.holds(Product.class, 1L)).isFalse();
    assertThat(stage.name(Product.class, 1)).isEqualTo("p1");
  }

  @Test
  void definition_ofATriggerThroughThisFactory_isKnownToTheNextWriter() {
    try {
      stage.write(
          s -> {
            sql(
                s,
                "create function rename_all() returns trigger language plpgsql as"
                    + " 'begin update product set name = ''by trigger''; return null; end'");
            sql(s, "create trigger late after update on category execute function rename_all()");
          });
      assertThat(stage.name(Product.class, 2)).isEqualTo("p2");
      stage.write(s -> s.find(Category.class, 1L).name = "x");
      assertThat(stage.name(Product.class, 2)).isEqualTo("by trigger");
    } finally {
      stage.database.execute("drop function if exists rename_all() cascade");
      stage.write(s -> sql(s, "drop function if exists rename_all() cascade"));
    }
  }

  @Test
  void definition_thatRewritesRows_isFresh() {
    stage.write(
        s -> sql(s, "alter table note alter column text type varchar(255) using 'altered'"));
    assertThat(stage.name(Note.class, 1)).isEqualTo("altered");
    assertThat(stage.names("Note")).containsExactly("altered", "altered");
  }

  @Test
  void readOnlyEntity_changedPastHibernate_isFresh() {
    stage.write(s -> sql(s, "update note set text = 'native' where id = 1"));
    assertThat(stage.name(Note.class, 1)).isEqualTo("native");
    stage.write(s -> s.createMutationQuery("delete from Note where id = 1").executeUpdate());
    assertThat(stage.name(Note.class, 1)).isNull();
  }

  @Test
  void nonstrictEntity_flushed_isNotSeenByOthersBeforeCommit() {
    stage.database.execute("alter table customer disable trigger shout");
    try (Session writer = stage.factory.openSession()) {
      writer.beginTransaction();
      writer.find(Customer.class, 1L).name = "changed";
      writer.flush();
      writer.clear();
      assertThat(writer.find(Customer.class, 1L).name).isEqualTo("changed");
      assertThat(stage.name(Customer.class, 1)).isEqualTo("C1");
      writer.getTransaction().rollback();
      assertThat(stage.name(Customer.class, 1)).isEqualTo("C1");
    } finally {
      stage.database.execute("alter table customer enable trigger shout");
    }
  }
}
