package io.freshet.feed;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.persistence.Cacheable;
import jakarta.persistence.ConstraintMode;
import jakarta.persistence.Entity;
import jakarta.persistence.FetchType;
import jakarta.persistence.ForeignKey;
import jakarta.persistence.Id;
import jakarta.persistence.JoinColumn;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.OneToMany;
import java.io.StringReader;
import java.sql.Connection;
import java.sql.Statement;
import java.util.HashSet;
import java.util.Set;
import org.hibernate.annotations.Cache;
import org.hibernate.annotations.CacheConcurrencyStrategy;
import org.postgresql.PGConnection;

/** Writes of all kinds, from outside and by the other node: exactly what they reach goes. */
class WriteShapesTest extends ShapeTests {

  private static final String[] TABLES = {
    "create table parent(id bigint primary key, note text)",
    "create table child(id bigint primary key, note text, parent_id bigint"
        + " references parent on delete cascade on update cascade)",
    "create table weak(id bigint primary key, note text, parent_id bigint"
        + " references parent on delete set null on update cascade)",
    "create table audit(id bigint primary key, note text)",
    "create table other(id bigint primary key, note text)",
    "create function audited() returns trigger language plpgsql as"
        + " $$ begin update audit set note = coalesce(note, '') || '!' where id = 1;"
        + " return null; end $$",
    "create trigger audited after update of note on parent for each row"
        + " when (new.note = 'audited') execute function audited()",
    "create function rename_other(bigint) returns void language sql as"
        + " $$ update other set note = 'by function' where id = $1 $$",
    "create procedure rename_twice(bigint) language plpgsql as"
        + " $$ begin update other set note = 'once' where id = $1; commit;"
        + " update other set note = 'twice' where id = $1; end $$",
  };

  @Override
  CacheView build(String feed) {
    Class<?>[] entities = {Parent.class, Child.class, Weak.class, Audit.class, Other.class};
    return CacheView.of(feed, entities, TABLES)
        .entities(Parent.class, 1L, 2L, 3L)
        .collections(Parent.class, "children", 1L, 2L, 3L)
        .entities(Child.class, 10L, 11L, 20L)
        .entities(Weak.class, 10L, 20L)
        .entities(Audit.class, 1L, 2L)
        .entities(Other.class, 1L, 2L, 3L)
        .query("parents", "select p.note from Parent p order by p.id")
        .query("children", "select c.note, c.parent.id from Child c order by c.id")
        .query("weak", "select w.note from Weak w order by w.id")
        .query("audits", "select a.note from Audit a order by a.id")
        .query("others", "select count(*), max(o.note) from Other o where o.id < 10");
  }

  @Override
  String[] seed() {
    return new String[] {
      "truncate parent, child, weak, audit, other",
      "insert into parent(id, note) values (1, 'p'), (2, 'q')",
      "insert into child(id, note, parent_id) values (10, 'c', 1), (11, 'd', 1), (20, 'e', 2)",
      "insert into weak(id, note, parent_id) values (10, 'w', 1), (20, 'x', 2)",
      "insert into audit(id, note) values (1, 'a'), (2, 'b')",
      "insert into other(id, note) values (1, 'o'), (2, 'p')"
    };
  }

  @OnBothFeeds
  void onDeleteCascadeAndSetNull_takeWhatTheyReach(String feed) {
    view(feed)
        .after(
            "delete from parent where id = 1",
            "Parent#1",
            "Parent.children#1",
            "Child#10",
            "Child#11",
            "Weak#10",
            "parents",
            "children",
            "weak");
  }

  @OnBothFeeds
  void onUpdateCascade_takesWhatItReaches(String feed) {
    CacheView view = view(feed);

    view.after(
        "update parent set id = 3 where id = 1",
        "Parent#1",
        "Parent.children#1",
        "Child#10",
        "Child#11",
        "Weak#10",
        "parents",
        "children",
        "weak");
  }

  @OnBothFeeds
  void trigger_writesAnotherTable_takesThatAsWell(String feed) {
    view(feed)
        .after(
            "update parent set note = 'audited' where id = 2",
            "Parent#2",
            "Audit#1",
            "parents",
            "audits");
  }

  @OnBothFeeds
  void copy_takesQueriesAndCollections(String feed) throws Exception {
    CacheView view = view(feed);
    try (Connection connection = view.nodes.database.connect()) {
      connection
          .unwrap(PGConnection.class)
          .getCopyAPI()
          .copyIn(
              "copy child(id, note, parent_id) from stdin", new StringReader("30\tcopied\t2\n"));
    }
    view.nodes.settle();

    view.lost("Parent.children#2", "children");
  }

  @OnBothFeeds
  void mergeAndUpsert_takeWhatTheyWrote(String feed) {
    CacheView view = view(feed);

    view.after(
        "merge into other o using (values (1, 'm'), (3, 'n')) as v(id, note) on o.id = v.id"
            + " when matched then update set note = v.note"
            + " when not matched then insert values (v.id, v.note)",
        "Other#1",
        "others");
    view.after(
        "insert into other values (2, 'upserted'), (4, 'new') on conflict (id) do update set note ="
            + " excluded.note",
        "Other#2",
        "others");
    view.after("insert into other values (2, 'x') on conflict do nothing");
  }

  @OnBothFeeds
  void writingCte_functionsAndProcedures_takeWhatTheyWrote(String feed) {
    CacheView view = view(feed);

    view.after(
        "with gone as (delete from child where id = 11 returning note)"
            + " update audit set note = (select note from gone) where id = 2",
        "Child#11",
        "Parent.children#1",
        "Audit#2",
        "children",
        "audits");
    view.after("select rename_other(1)", "Other#1", "others");
    view.after("call rename_twice(2)", "Other#2", "others");
    view.after("do $$ begin update audit set note = 'z' where id = 2; end $$", "Audit#2", "audits");
  }

  @OnBothFeeds
  void truncateCascade_takesAllTables(String feed) {
    view(feed)
        .after(
            "truncate parent cascade",
            "Parent#1",
            "Parent#2",
            "Parent.children#1",
            "Parent.children#2",
            "Child#10",
            "Child#11",
            "Child#20",
            "Weak#10",
            "Weak#20",
            "parents",
            "children",
            "weak");
  }

  @OnBothFeeds
  void hundredThousandRows_oneMessage_andOtherRegionsStay(String feed) {
    CacheView view = view(feed);
    var before = Nodes.feed(view.nodes.one).counts();

    view.after("insert into other select i, 'bulk' from generate_series(1000, 101000) i", "others");
    view.after("update other set note = 'all' where id < 1000000", "Other#1", "Other#2", "others");

    var after = Nodes.feed(view.nodes.one).counts();
    assertThat(after.messages()).isEqualTo(before.messages() + 2);
    assertThat(after.resets()).isEqualTo(before.resets());
  }

  @OnBothFeeds
  void rolledBack_transactionAndSavepoint_evictNothingOfTheirs(String feed) throws Exception {
    CacheView view = view(feed);
    try (Connection connection = view.nodes.database.connect();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("update other set note = 'lost'; truncate audit");
      connection.rollback();
      statement.execute("update parent set note = 'kept' where id = 1");
      var savepoint = connection.setSavepoint();
      statement.execute("update other set note = 'lost'; delete from child");
      connection.rollback(savepoint);
      statement.execute("update weak set note = 'kept' where id = 20");
      connection.commit();
    }
    view.nodes.settle();

    view.lost("Parent#1", "Weak#20", "parents", "weak");
  }

  @OnBothFeeds
  void rowsWrittenAsTheyWere_takeNoEntries(String feed) {
    CacheView view = view(feed);

    view.nodes.outside("update child set parent_id = parent_id");

    for (var node : view.nodes.both()) {
      assertThat(Nodes.holds(node, Parent.class, 1L)).isTrue();
      assertThat(Nodes.holds(node, Parent.class.getName() + ".children", 1L)).isTrue();
    }
    view.fresh();
  }

  @OnBothFeeds
  void otherNode_statelessSessionAndForeignJdbc_areSeenHere(String feed) {
    CacheView view = view(feed);
    view.nodes.one.inStatelessTransaction(
        session -> {
          Other other = session.get(Other.class, 1L);
          other.note = "stateless";
          session.update(other);
        });
    view.nodes.one.inTransaction(
        session ->
            session.doWork(
                connection -> {
                  try (Statement statement = connection.createStatement()) {
                    statement.execute("update audit set note = 'jdbc' where id = 2");
                  }
                }));
    view.nodes.settle();

    assertThat(Nodes.holds(view.nodes.other, Other.class, 1L)).isFalse();
    assertThat(Nodes.holds(view.nodes.other, Other.class, 2L)).isTrue();
    assertThat(Nodes.holds(view.nodes.other, Audit.class, 2L)).isFalse();
    assertThat(Nodes.holds(view.nodes.other, Audit.class, 1L)).isTrue();
    view.fresh();
  }

  @Entity(name = "Parent")
  @Cacheable
  static class Parent {
    @Id Long id;
    String note;

    @OneToMany(mappedBy = "parent")
    @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
    Set<Child> children = new HashSet<>();
  }

  @Entity(name = "Child")
  @Cacheable
  static class Child {
    @Id Long id;
    String note;

    @ManyToOne(fetch = FetchType.LAZY)
    @JoinColumn(name = "parent_id", foreignKey = @ForeignKey(ConstraintMode.NO_CONSTRAINT))
    Parent parent;
  }

  @Entity(name = "Weak")
  @Cacheable
  static class Weak {
    @Id Long id;
    String note;

    @ManyToOne(fetch = FetchType.LAZY)
    @JoinColumn(name = "parent_id", foreignKey = @ForeignKey(ConstraintMode.NO_CONSTRAINT))
    Parent parent;
  }

  @Entity(name = "Audit")
  @Cacheable
  static class Audit {
    @Id Long id;
    String note;
  }

  @Entity(name = "Other")
  @Cacheable
  static class Other {
    @Id Long id;
    String note;
  }
}
