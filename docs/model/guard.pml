/* Guard: no stale put, with a feed that tells of other sessions' commits.
 *
 * Modelled: one row and its cache key; commits that reach the log before others can see them (Visibility); the feed that
 * applies them (FreshetRegion.invalidate); sessions that take a timestamp, read the database and store (load, publish);
 * a reader (get); entries as objects, so that settling one that was replaced settles nothing else. Every step that is
 * not one atomic step in Java is several here.
 *
 * Left out: other keys, since stamps that are shared by hash only refuse more; a region's floor, which is a stamp that
 * all keys share; soft locks, fences, gate (the other models); a store that fails. A session does not try the cache
 * before it loads: it may load at any time, which is more than it can do. The clock only orders events: each reading moves
 * it by 0 or by 2, so that there are ties, and distances beyond the guard's "one tick more".
 *
 * Asserted: a hit that begins after a commit was applied returns that commit's state, or later. So what is checked
 * is what is served, not what is left at the end.
 */
#ifndef TIMESTAMP_FIRST
#define TIMESTAMP_FIRST 1 /* the timestamp is taken before the database is read */
#endif
#ifndef SECOND_LOOK
#define SECOND_LOOK 1 /* it asks again once it has stored */
#endif
#ifndef SETTLE
#define SETTLE 1 /* readers ask the guard about what is not settled */
#endif
#ifndef STAMP_FIRST
#define STAMP_FIRST 1 /* stamp, then remove */
#endif
#ifndef WAIT_VISIBLE
#define WAIT_VISIBLE 1 /* a change is told once everybody can see it */
#endif

#define NONE 255
#ifndef COMMITS
#define COMMITS 1
#endif
#ifndef SESSIONS
#define SESSIONS 2
#endif

/* entries; each session makes one at most */
byte held[SESSIONS];
byte taken[SESSIONS];
bool settled[SESSIONS];

byte store = NONE; /* whose entry is cached */
byte clock = 1;
bool versioned; /* whether entries have versions to compare */
byte stamp;
byte logged, visible, applied; /* versions of the row */
byte begun; /* sessions */

inline now(t) {
  atomic { if :: true :: clock = clock + 2 fi; t = clock }
}

inline ahead(t) {
  d_step { if :: t > stamp -> stamp = t + 1 :: else -> stamp = stamp + 1 fi }
}

inline admits(t, answer) {
  answer = t > stamp
}

proctype Database() {
  do
  :: logged < COMMITS -> logged++; visible = logged
  :: else -> break
  od
}

proctype Feed() {
  byte version, t;
  do
  :: applied < COMMITS ->
       atomic { logged > version; version = logged }
#if WAIT_VISIBLE
       visible >= version;
#endif
#if STAMP_FIRST
       now(t); ahead(t); store = NONE;
#else
       store = NONE; now(t); ahead(t);
#endif
       applied = version
  :: else -> break
  od
}

proctype Session(byte me) {
  byte timestamp, seen, e;
  bool ok;
  atomic {
    me == begun -> begun++; /* they are alike: the order in which they begin is no matter */
#if TIMESTAMP_FIRST
    now(timestamp)
#endif
  }
  seen = visible; /* the snapshot, and the row in it */
#if !TIMESTAMP_FIRST
  now(timestamp);
#endif
  admits(timestamp, ok); /* this look only saves the work of storing what the second would withdraw */
  if :: !ok -> goto end :: else fi;
  e = store;
  if
  :: e != NONE ->
       ok = settled[e];
       if :: !ok -> admits(taken[e], ok) :: else fi;
       if
       :: ok && !(versioned && held[e] < seen) -> goto end /* what is there is as good */
       :: else
       fi
  :: else
  fi;
  d_step { held[me] = seen; taken[me] = timestamp; store = me }
#if SECOND_LOOK
  admits(timestamp, ok);
  if
  :: ok -> settled[me] = true
  :: else -> store = NONE
  fi;
#else
  settled[me] = true;
#endif
end:
  skip;
  d_step { timestamp = 0; seen = 0; e = 0; ok = false }
}

proctype Reader() {
  byte least, e, value;
  bool ok;
  atomic { least = applied; e = store }
  if
  :: e != NONE ->
       ok = settled[e];
       if
       :: !ok && SETTLE -> admits(taken[e], ok)
       :: else -> ok = true
       fi;
       if
       :: ok -> value = held[e]; assert(value >= least)
       :: else
       fi
  :: else
  fi
}

init {
  byte i;
  atomic {
    if :: versioned = true :: skip fi;
    run Database(); run Feed(); run Reader();
    for (i : 0 .. SESSIONS - 1) { run Session(i) }
  }
}
