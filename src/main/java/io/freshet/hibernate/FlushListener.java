package io.freshet.hibernate;

import io.freshet.change.Change;
import io.freshet.mapping.CollectionRows;
import io.freshet.mapping.EntityRows;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.event.spi.AbstractCollectionEvent;
import org.hibernate.event.spi.PostCollectionRecreateEvent;
import org.hibernate.event.spi.PostCollectionRecreateEventListener;
import org.hibernate.event.spi.PostCollectionRemoveEvent;
import org.hibernate.event.spi.PostCollectionRemoveEventListener;
import org.hibernate.event.spi.PostCollectionUpdateEvent;
import org.hibernate.event.spi.PostCollectionUpdateEventListener;
import org.hibernate.event.spi.PostDeleteEvent;
import org.hibernate.event.spi.PostDeleteEventListener;
import org.hibernate.event.spi.PostInsertEvent;
import org.hibernate.event.spi.PostInsertEventListener;
import org.hibernate.event.spi.PostUpdateEvent;
import org.hibernate.event.spi.PostUpdateEventListener;
import org.hibernate.event.spi.PostUpsertEvent;
import org.hibernate.event.spi.PostUpsertEventListener;
import org.hibernate.persister.collection.CollectionPersister;
import org.hibernate.persister.entity.EntityPersister;
import org.jspecify.annotations.Nullable;

/**
 * Adds what a flush or a StatelessSession has just written to the journal: everything that depends
 * on these rows, beside the entity's own entry, which Hibernate locks and evicts by itself. That is
 * what Hibernate forgets: collections seen from the other side, entities on the same or a
 * synchronized table, foreign-key actions, queries.
 *
 * <p>The events come after the SQL and before the commit, in stateful and stateless sessions. These
 * listeners never throw: Hibernate would stop half-way. Thread-safe.
 */
final class FlushListener
    implements PostInsertEventListener,
        PostUpdateEventListener,
        PostDeleteEventListener,
        PostUpsertEventListener,
        PostCollectionRecreateEventListener,
        PostCollectionUpdateEventListener,
        PostCollectionRemoveEventListener {

  private static final long serialVersionUID = 1L;

  private final transient Node node;
  private final transient FlushedUpdates updates;

  FlushListener(Node node) {
    this.node = node;
    this.updates = new FlushedUpdates(node);
  }

  @Override
  public void onPostInsert(PostInsertEvent event) {
    SharedSessionContractImplementor session = event.getSession();
    wrote(
        session,
        event.getPersister(),
        event.getId(),
        () ->
            EntityRows.of(event.getPersister(), event.getId(), session).inserted(event.getState()));
  }

  @Override
  public void onPostUpdate(PostUpdateEvent event) {
    SharedSessionContractImplementor session = event.getSession();
    EntityPersister persister = event.getPersister();
    JournalContext context = JournalContext.ofSession(session);
    if (context == null) {
      return;
    }
    context.flushed(
        node.orEverything(persister.getEntityName(), () -> updates.write(event, context)));
    if (!context.isStateful()) {
      record(
          session,
          persister.getEntityName(),
          () -> CollectionRows.ownedBy(persister, event.getId(), session));
    }
  }

  @Override
  public void onPostDelete(PostDeleteEvent event) {
    SharedSessionContractImplementor session = event.getSession();
    wrote(
        session,
        event.getPersister(),
        event.getId(),
        () ->
            EntityRows.of(event.getPersister(), event.getId(), session)
                .deleted(event.getDeletedState()));
  }

  @Override
  public void onPostUpsert(PostUpsertEvent event) {
    SharedSessionContractImplementor session = event.getSession();
    wrote(
        session,
        event.getPersister(),
        event.getId(),
        () -> {
          EntityRows rows = EntityRows.of(event.getPersister(), event.getId(), session);
          List<Change> all = new ArrayList<>(rows.inserted(event.getState()));
          all.addAll(rows.updated(null, event.getState(), null));
          return all;
        });
  }

  @Override
  public void onPostRecreateCollection(PostCollectionRecreateEvent event) {
    wrote(event);
  }

  @Override
  public void onPostUpdateCollection(PostCollectionUpdateEvent event) {
    wrote(event);
  }

  @Override
  public void onPostRemoveCollection(PostCollectionRemoveEvent event) {
    wrote(event);
  }

  @Override
  public boolean requiresPostCommitHandling(EntityPersister persister) {
    return false;
  }

  private void wrote(AbstractCollectionEvent event) {
    SharedSessionContractImplementor session = session(event);
    CollectionPersister persister = event.getCollectionPersister();
    if (session == null || persister == null) {
      return; // a StatelessSession's: its entity events stand for the collections too
    }
    Object key = event.getCollection() == null ? null : event.getCollection().getKey();
    record(session, persister.getRole(), () -> CollectionRows.changed(persister, key, session));
  }

  private static @Nullable SharedSessionContractImplementor session(AbstractCollectionEvent event) {
    try {
      return event.getSession();
    } catch (NullPointerException e) {
      return null; // how Hibernate answers where the event is a StatelessSession's
    }
  }

  private void wrote(
      SharedSessionContractImplementor session,
      EntityPersister persister,
      Object id,
      Supplier<List<Change>> rows) {
    record(session, persister.getEntityName(), withCollections(rows, persister, id, session));
  }

  /** A StatelessSession writes the collections of an entity together with it, without telling. */
  private static Supplier<List<Change>> withCollections(
      Supplier<List<Change>> rows,
      EntityPersister persister,
      Object id,
      SharedSessionContractImplementor session) {
    if (session.isEventSource()) {
      return rows;
    }
    return () -> {
      List<Change> all = new ArrayList<>(rows.get());
      all.addAll(CollectionRows.ownedBy(persister, id, session));
      return all;
    };
  }

  private void record(
      SharedSessionContractImplementor session, String what, Supplier<List<Change>> rows) {
    JournalContext context = JournalContext.ofSession(session);
    if (context != null) {
      context.flushed(node.writeOfRows(what, rows, rows, context));
    }
  }
}
