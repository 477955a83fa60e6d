package io.freshet.mapping;

import static io.freshet.mapping.Lab.row;
import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.change.Change;
import io.freshet.change.ColumnSet;
import io.freshet.change.Operation;
import io.freshet.change.RowChange;
import io.freshet.change.RowValues;
import io.freshet.change.TableChange;
import io.freshet.change.TableName;
import jakarta.persistence.Cacheable;
import jakarta.persistence.Column;
import jakarta.persistence.DiscriminatorValue;
import jakarta.persistence.Embeddable;
import jakarta.persistence.Embedded;
import jakarta.persistence.Entity;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.Inheritance;
import jakarta.persistence.InheritanceType;
import jakarta.persistence.JoinColumn;
import jakarta.persistence.JoinTable;
import jakarta.persistence.ManyToMany;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.OneToMany;
import jakarta.persistence.OrderColumn;
import jakarta.persistence.PrimaryKeyJoinColumn;
import jakarta.persistence.SecondaryTable;
import jakarta.persistence.Version;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.hibernate.annotations.Cache;
import org.hibernate.annotations.CacheConcurrencyStrategy;
import org.hibernate.event.spi.EventType;
import org.hibernate.event.spi.PostDeleteEvent;
import org.hibernate.event.spi.PostDeleteEventListener;
import org.hibernate.event.spi.PostInsertEvent;
import org.hibernate.event.spi.PostInsertEventListener;
import org.hibernate.event.spi.PostUpdateEvent;
import org.hibernate.event.spi.PostUpdateEventListener;
import org.hibernate.persister.entity.EntityPersister;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What Hibernate's own events say, told as rows. */
class EntityRowsTest {

  private static Lab lab;
  private static final List<Change> CHANGES = new ArrayList<>();

  @BeforeAll
  static void start() {
    lab = Lab.of(Team.class, Player.class, Keeper.class);
    var listeners = lab.factory.getEventEngine().getListenerRegistry();
    Listener listener = new Listener();
    listeners.appendListeners(EventType.POST_INSERT, listener);
    listeners.appendListeners(EventType.POST_UPDATE, listener);
    listeners.appendListeners(EventType.POST_DELETE, listener);
  }

  @AfterAll
  static void stop() {
    lab.close();
  }

  @BeforeEach
  void fill() {
    lab.database.execute(
        "truncate team, player, keeper, player_note, team_fan cascade",
        "insert into team(id) values (1), (2)",
        "insert into player(id, version, name, kind, street, no, team_id)"
            + " values (10, 0, 'a', 1, 's', 4, 1)",
        "insert into keeper(id, gloves) values (10, 9)");
    lab.factory.getCache().evictAllRegions();
    CHANGES.clear();
  }

  private static RowChange change(
      String table, Operation operation, RowValues before, RowValues after, ColumnSet changed) {
    return new RowChange(TableName.of(table), operation, before, after, changed);
  }

  private static RowChange changeOf(String table) {
    return CHANGES.stream()
        .map(RowChange.class::cast)
        .filter(change -> change.table().name().equalsIgnoreCase(table))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void inserted_allTables_keysAndWrittenColumns() {
    lab.write(
        session -> {
          Keeper keeper = new Keeper();
          keeper.id = 11L;
          keeper.name = "n";
          keeper.kind = Kind.B;
          keeper.team = session.getReference(Team.class, 2L);
          keeper.note = "secret";
          keeper.gloves = 3;
          session.persist(keeper);
        });

    RowChange player = changeOf("player");
    assertThat(player.operation()).isEqualTo(Operation.INSERT);
    assertThat(player.after().get("id")).isEqualTo(11L);
    assertThat(player.after().get("team_id")).isEqualTo(2L);
    assertThat(player.after().get("name")).isEqualTo("n");
    assertThat(player.after().knows("street")).isTrue();
    assertThat(player.after().knows("team_copy")).isFalse();
    assertThat(changeOf("keeper").after()).isEqualTo(row("gloves", 3, "id", 11L));
    assertThat(changeOf("player_note").after()).isEqualTo(row("note", "secret", "player_id", 11L));
  }

  @Test
  void updated_dirtyAttributes_changedColumnsOfTheirTableAndVersion() {
    lab.write(session -> session.find(Player.class, 10L).team = session.find(Team.class, 2L));

    assertThat(CHANGES).hasSize(1);
    RowChange player = changeOf("player");
    assertThat(player.operation()).isEqualTo(Operation.UPDATE);
    assertThat(player.changed()).isEqualTo(ColumnSet.of(List.of("team_id", "version")));
    assertThat(player.before().get("team_id")).isEqualTo(1L);
    assertThat(player.after().get("team_id")).isEqualTo(2L);
    assertThat(player.before().get("id")).isEqualTo(10L);

    Footprint footprint = lab.map().footprint(player, null);
    assertThat(footprint.regions().get(Team.class.getName() + ".players").keys()).hasSize(2);
    assertThat(footprint.regions().get(Player.class.getName()).keys()).hasSize(1);
  }

  @Test
  void updated_secondaryTableValueSet_rowMayHaveAppeared() {
    lab.write(session -> session.find(Player.class, 10L).note = "new");

    RowChange note = changeOf("player_note");
    assertThat(note.operation()).isEqualTo(Operation.ANY);
    assertThat(note.after().get("player_id")).isEqualTo(10L);
    assertThat(lab.map().footprint(note, null).regions().get(Player.class.getName()).keys())
        .hasSize(1);
  }

  @Test
  void updated_nothingKnown_everyTableByKeyAndRegionOfTheForeignKey() {
    lab.write(
        session -> {
          Player player = session.find(Player.class, 10L);
          EntityPersister persister = lab.entity(Keeper.class);
          CHANGES.addAll(
              EntityRows.of(
                      persister,
                      10L,
                      session.unwrap(
                          org.hibernate.engine.spi.SharedSessionContractImplementor.class))
                  .updated(null, persister.getValues(player), null));
        });

    RowChange player = changeOf("player");
    assertThat(player.changed()).isEqualTo(ColumnSet.ALL);
    Footprint footprint = lab.map().footprint(player, null);
    assertThat(footprint.regions().get(Player.class.getName()).whole()).isFalse();
    assertThat(footprint.regions().get(Team.class.getName() + ".players").whole()).isTrue();
    assertThat(CHANGES).hasSize(3);
  }

  @Test
  void deleted_loadedState_foreignKeyBefore() {
    lab.write(session -> session.remove(session.find(Player.class, 10L)));

    RowChange player = changeOf("player");
    assertThat(player.operation()).isEqualTo(Operation.DELETE);
    assertThat(player.before().get("team_id")).isEqualTo(1L);
    assertThat(changeOf("keeper").before().get("id")).isEqualTo(10L);
  }

  @Test
  void collection_joinTable_pinnedByKeyAndWithoutKeyAnything() {
    lab.write(
        session -> {
          var spi = session.unwrap(org.hibernate.engine.spi.SharedSessionContractImplementor.class);
          var fans = lab.collection(Team.class, "fans");

          assertThat(CollectionRows.changed(fans, 1L, spi))
              .containsExactly(
                  change(
                      "team_fan",
                      Operation.ANY,
                      row("team_id", 1L),
                      row("team_id", 1L),
                      ColumnSet.ALL));
          assertThat(CollectionRows.changed(fans, null, spi))
              .containsExactly(TableChange.anything(TableName.of("team_fan")));
          assertThat(CollectionRows.changed(lab.collection(Player.class, "fanOf"), 1L, spi))
              .isEmpty();
          assertThat(CollectionRows.changed(lab.collection(Team.class, "players"), 1L, spi))
              .isEmpty();
        });
  }

  @Test
  void collection_joinTableOfBothSides_inverseRegionFound() {
    lab.write(
        session -> {
          var spi = session.unwrap(org.hibernate.engine.spi.SharedSessionContractImplementor.class);
          Change change =
              CollectionRows.changed(lab.collection(Team.class, "fans"), 1L, spi).get(0);

          Footprint footprint = lab.map().footprint(change, null);

          assertThat(footprint.regions().get(Team.class.getName() + ".fans").keys()).hasSize(1);
          assertThat(footprint.regions().get(Player.class.getName() + ".fanOf").whole()).isTrue();
        });
  }

  @Test
  void collection_foreignKeyAndPositionInElements_columnsOfTheElementTable() {
    lab.write(
        session -> {
          var spi = session.unwrap(org.hibernate.engine.spi.SharedSessionContractImplementor.class);

          assertThat(CollectionRows.changed(lab.collection(Team.class, "bench"), 1L, spi))
              .containsExactly(
                  new TableChange(
                      TableName.of("Player"),
                      Operation.UPDATE,
                      ColumnSet.of(List.of("bench_id", "bench_no"))));
        });
  }

  private static final class Listener
      implements PostInsertEventListener, PostUpdateEventListener, PostDeleteEventListener {

    @Override
    public void onPostInsert(PostInsertEvent event) {
      CHANGES.addAll(
          EntityRows.of(event.getPersister(), event.getId(), event.getSession())
              .inserted(event.getState()));
    }

    @Override
    public void onPostUpdate(PostUpdateEvent event) {
      CHANGES.addAll(
          EntityRows.of(event.getPersister(), event.getId(), event.getSession())
              .updated(event.getOldState(), event.getState(), event.getDirtyProperties()));
    }

    @Override
    public void onPostDelete(PostDeleteEvent event) {
      CHANGES.addAll(
          EntityRows.of(event.getPersister(), event.getId(), event.getSession())
              .deleted(event.getDeletedState()));
    }

    @Override
    public boolean requiresPostCommitHandling(EntityPersister persister) {
      return false;
    }
  }

  enum Kind {
    A,
    B
  }

  @Embeddable
  static class Place {
    String street;
    Integer no;
  }

  @Entity(name = "Team")
  @Cacheable
  static class Team {
    @Id Long id;

    @OneToMany(mappedBy = "team")
    @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
    Set<Player> players = new HashSet<>();

    @OneToMany
    @JoinColumn(name = "bench_id")
    @OrderColumn(name = "bench_no")
    @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
    List<Player> bench = new ArrayList<>();

    @ManyToMany
    @JoinTable(
        name = "team_fan",
        joinColumns = @JoinColumn(name = "team_id"),
        inverseJoinColumns = @JoinColumn(name = "player_id"))
    @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
    Set<Player> fans = new HashSet<>();
  }

  @Entity(name = "Player")
  @Inheritance(strategy = InheritanceType.JOINED)
  @SecondaryTable(name = "player_note", pkJoinColumns = @PrimaryKeyJoinColumn(name = "player_id"))
  @DiscriminatorValue("P")
  @Cacheable
  static class Player {
    @Id Long id;
    @Version int version;
    String name;
    @Enumerated Kind kind;
    @Embedded Place place;

    @Column(table = "player_note")
    String note;

    @ManyToOne
    @JoinColumn(name = "team_id")
    Team team;

    @Column(name = "team_copy", insertable = false, updatable = false)
    Long teamCopy;

    @ManyToMany(mappedBy = "fans")
    @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
    Set<Team> fanOf = new HashSet<>();
  }

  @Entity(name = "Keeper")
  static class Keeper extends Player {
    Integer gloves;
  }
}
