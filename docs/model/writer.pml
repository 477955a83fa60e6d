/* Writers of this node: soft lock, rollback, what a flush may keep, a lock that was left behind.
 *
 * Modelled: one row and its cache key; a transaction of this node, a flush (Hibernate locks the key, writes,
 * commits, and stores what it wrote or evicts) or JDBC (writes, locks the key just before the commit, evicts after it),
 * and which may commit, roll back, or commit and never get round to giving its lock back; beside it a second such
 * transaction, or a commit of somebody else's that the feed tells of, or a session that loads; and a reader.
 * FreshetRegion's lock, unlock, unlockAndPut, restore, load, get and admits, SoftLocks and Guard step by step; the row is
 * locked by the database from the write to the end.
 *
 * Left out: other keys; a region's floor, which is a stamp that all keys share; fences (bulk.pml), gate (gate.pml). A lock
 * expires only after its transaction has ended, as 60 seconds are meant to ensure. When the feed tells is guard.pml's
 * matter: here it is after everybody can see.
 *
 * Asserted of each value served: it was committed; and it is no older than what this node had committed, or the feed
 * had applied, when the hit began. So from the instant of a commit nobody here is served what was before it.
 */
#ifndef LOCK
#define LOCK 1 /* writers lock the key, which keeps loads out */
#endif
#ifndef LOCK_FIRST
#define LOCK_FIRST 1 /* publish the lock, then remove the entry */
#endif
#ifndef EVICT_FIRST
#define EVICT_FIRST 1 /* stamp and remove, then give the lock back */
#endif
#ifndef MAY_PUBLISH
#define MAY_PUBLISH 1 /* who has written stores no loads before the end */
#endif
#ifndef CLAIM
#define CLAIM 1 /* a writer stores only if nobody invalidated the key since its transaction began */
#endif
#ifndef UNTOUCHED
#define UNTOUCHED 1 /* and nobody did since it claimed the key */
#endif
#ifndef SOLE
#define SOLE 1 /* and nobody else locked it */
#endif
#ifndef ONE_MORE
#define ONE_MORE 1 /* an invalidation stamps one tick more than the clock shows */
#endif
#ifndef RESTORE_ASKS
#define RESTORE_ASKS 1 /* what comes back after a rollback asks the guard like a load */
#endif
#ifndef EXPIRY_STAMPS
#define EXPIRY_STAMPS 1 /* a lock that was left behind turns into a stamp */
#endif

#define NONE 255
#define FREE 255
#define WRITERS 2
#define VALUES 5
#define WRITTEN(me) (1 + 2 * me)
#define RESTORED(me) (2 + 2 * me)
#define LOADED 5

/* the database */
byte row, next = 1, rowLock = FREE;
bool committed[VALUES];

/* entries: the session's or what was there, and of each writer what it wrote and what it restored */
byte held[8];
byte taken[8];
bool settled[8];
byte store = NONE;

byte clock = 1, stamp;
byte holders, expired, displaced = NONE;
bool sole;
byte known; /* committed here, or applied */
byte begun; /* writers */

inline now(t) {
  atomic { if :: skip :: clock = clock + 2 fi; t = clock }
}

inline ahead(t) {
  d_step { if :: t > stamp -> stamp = t + ONE_MORE :: else -> stamp = stamp + ONE_MORE fi }
}

inline admitsByGuard(t, answer) {
  answer = t > stamp
}

/* FreshetRegion.admits */
inline admits(t, answer) {
  if
  :: holders != 0 ->
       answer = false;
       if
       :: (holders & expired) != 0 ->
#if EXPIRY_STAMPS
            now(tick); ahead(tick);
#endif
            d_step {
              holders = holders & ~expired; sole = false; displaced = NONE
            }
       :: else
       fi
  :: else -> admitsByGuard(t, answer)
  fi
}

inline publish(id, value, t) {
  d_step { held[id] = value; taken[id] = t; settled[id] = false; store = id }
  admits(t, ok);
  if
  :: ok -> settled[id] = true
  :: else -> store = NONE
  fi
}

inline invalidate() {
  now(tick); ahead(tick); store = NONE
}

inline acquire() {
  d_step {
    sole = holders == 0;
    if :: sole -> displaced = NONE :: else fi;
    holders = holders | (1 << me)
  }
}

inline lock() {
  skip;
#if LOCK
#if LOCK_FIRST
  acquire();
#endif
  e = store;
  if
  :: e != NONE ->
       admitsByGuard(taken[e], ok);
       if
       :: ok ->
            d_step { if :: sole && (holders & (1 << me)) != 0 -> displaced = e :: else fi }
       :: else
       fi;
       store = NONE
  :: else
  fi;
#if !LOCK_FIRST
  acquire();
#endif
#endif
}

/* SoftLocks.release: alone says whether its holder was alone all the time */
inline release() {
  d_step {
    alone = false;
    if
    :: (holders & (1 << me)) != 0 ->
         alone = sole; holders = holders & ~(1 << me); displaced = NONE
    :: else
    fi
  }
}

inline unlockCommitted() {
#if EVICT_FIRST
  invalidate(); release()
#else
  release(); invalidate()
#endif
}

inline unlockRolledBack() {
  d_step {
    e = NONE;
    if
    :: (holders & (1 << me)) != 0 ->
         holders = holders & ~(1 << me);
         if :: holders == 0 -> e = displaced; displaced = NONE :: else fi
    :: else
    fi
  }
  if
  :: e != NONE ->
#if RESTORE_ASKS
       admits(taken[e], ok);
       if
       :: ok && store == NONE -> publish(RESTORED(me), held[e], taken[e])
       :: else
       fi
#else
       d_step { held[RESTORED(me)] = held[e]; settled[RESTORED(me)] = true; store = RESTORED(me) }
#endif
  :: else
  fi
}

inline unlockAndPut() {
  now(claimed);
  atomic {
    ok = !(began <= stamp || claimed <= stamp) || !CLAIM;
    if :: ok -> stamp = claimed :: else fi
  }
  if
  :: !ok -> unlockCommitted()
  :: else ->
       d_step {
         held[WRITTEN(me)] = mine; taken[WRITTEN(me)] = claimed + 1; store = WRITTEN(me)
       }
       release();
#if LOCK && SOLE
       ok = alone;
#endif
#if UNTOUCHED
       if :: ok -> ok = stamp == claimed :: else fi;
#endif
       if
       :: ok -> settled[WRITTEN(me)] = true
       :: else -> invalidate()
       fi
  fi
}

proctype Writer(byte me) {
  byte began, mine, e, tick, claimed;
  bool ok, flush, alone;
  atomic { me == begun -> begun++; now(began) } /* they are alike: the order in which they begin is no matter */
  if :: flush = true; lock() :: flush = false fi;
  atomic { rowLock == FREE -> rowLock = me; mine = next; next++ }
  if
  :: !flush ->
#if !MAY_PUBLISH
       publish(WRITTEN(me), mine, began);
#endif
       lock()
  :: else
  fi;
  if
  :: atomic { row = mine; committed[mine] = true; known = mine; rowLock = FREE }
     if
     :: flush -> unlockAndPut()
     :: unlockCommitted()
     :: d_step { expired = expired | (1 << me) } /* cut off */
     fi
  :: rowLock = FREE; unlockRolledBack()
  fi;
  d_step { began = 0; mine = 0; e = 0; tick = 0; claimed = 0; ok = false; flush = false; alone = false }
}

proctype Other() {
  byte mine, tick;
  atomic { rowLock == FREE -> mine = next; next++; row = mine; committed[mine] = true }
  now(tick);
  ahead(tick);
  store = NONE;
  d_step { if :: mine > known -> known = mine :: else fi }
}

proctype Session() {
  byte timestamp, seen, e, tick;
  bool ok;
  now(timestamp);
  seen = row;
  admits(timestamp, ok);
  if :: !ok -> goto end :: else fi;
  e = store;
  if
  :: e != NONE ->
       ok = settled[e];
       if :: !ok -> admits(taken[e], ok) :: else fi;
       if :: ok -> goto end :: else fi
  :: else
  fi;
  publish(LOADED, seen, timestamp);
end:
  skip;
  d_step { timestamp = 0; seen = 0; e = 0; tick = 0; ok = false }
}

proctype Reader() {
  byte least, e, value, tick;
  bool ok;
  atomic { least = known; e = store }
  if
  :: e != NONE ->
       ok = settled[e];
       if :: !ok -> admits(taken[e], ok) :: else fi;
       if
       :: ok -> value = held[e]; assert(committed[value]); assert(value >= least)
       :: else
       fi
  :: else
  fi
}

init {
  atomic {
    committed[0] = true;
    if :: true :: settled[0] = true; taken[0] = 1; store = 0 fi; /* the old row is cached, or nothing */
    run Writer(0); run Reader();
    if :: run Writer(1) :: run Other() :: run Session() fi
  }
}
