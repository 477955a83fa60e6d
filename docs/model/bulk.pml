/* Statements whose rows are not known: fence, bypass until a barrier, without a feed the region's clearing.
 *
 * Modelled: one row; one or two transactions of this node that change it by a statement, read, commit or roll back
 * (Journal, Invalidation); with a feed that is live the fence stays up until a barrier sent after the commit is back
 * (FeedLink.whenApplied), without one the region is cleared; a commit whose completion is cut off, so that its fence
 * expires; the feed, which evicts when it comes to it; instead of the second, a session that loads; a reader.
 *
 * Left out: the guard's steps, which guard.pml has: here a load is stored if nothing was invalidated since it began.
 * That a feed breaks off and begins anew is gate.pml's matter; it clears, and then sends barriers.
 *
 * Asserted of each value served to others: it was committed, and it is no older than what this node had committed when
 * the hit began. A transaction's own read finds what it wrote.
 */
#ifndef FENCE
#define FENCE 1 /* the region is fenced around the commit */
#endif
#ifndef FENCE_FIRST
#define FENCE_FIRST 1 /* from before the database commits */
#endif
#ifndef LATER_BARRIER
#define LATER_BARRIER 1 /* only a barrier sent after the commit lowers the fence */
#endif
#ifndef CLEAR_FIRST
#define CLEAR_FIRST 1 /* without a feed: clear, then lower the fence */
#endif
#ifndef OWN_SHARE
#define OWN_SHARE 1 /* each commit raises and lowers the fence for itself only */
#endif
#ifndef EXPIRY_CLEARS
#define EXPIRY_CLEARS 1 /* a fence that was left behind turns into a clearing */
#endif
#ifndef OWN_MISS
#define OWN_MISS 1 /* a transaction's own reads pass the cache by after its statement */
#endif
#ifndef MAY_PUBLISH
#define MAY_PUBLISH 1 /* and what they load is not stored */
#endif

#define NONE 255
#define FREE 255
#define CHANGE 0
#define BARRIER 1
#define BARRIERS 2

byte row, next = 1, rowLock = FREE;
bool committed[3];
byte cache, generation;
byte fences, left; /* how many fences are up; how many of them were left behind */
byte known;
bool live;
chan feed = [6] of { byte, byte };

/* barriers are numbered in the order of their sending; who waits notes how many had been sent */
byte sent;
bool waits[2];
byte since[2];

inline lower() {
  d_step {
#if OWN_SHARE
    if :: fences > 0 -> fences-- :: else fi
#else
    fences = 0
#endif
  }
}

inline invalidateAll() {
  generation++; cache = NONE
}

/* FreshetRegion.isOpen */
inline isOpen() {
  ok = fences == 0;
  if
  :: !ok && left > 0 ->
#if EXPIRY_CLEARS
       invalidateAll();
#endif
       d_step { fences = fences - left; left = 0 }
  :: else
  fi
}

proctype Writer(byte me) {
  byte mine, value, began;
  atomic { rowLock == FREE -> rowLock = me; mine = next; next++; began = generation }
  if
  :: true
  :: true -> /* it reads what it wrote */
#if !OWN_MISS
       value = cache;
       assert(value == NONE || value == mine);
#endif
#if !MAY_PUBLISH
       d_step { if :: generation == began && fences == 0 -> cache = mine :: else fi }
#endif
       skip
  fi;
#if FENCE && FENCE_FIRST
  fences++;
#endif
  if
  :: rowLock = FREE;
#if FENCE && FENCE_FIRST
     lower()
#endif
  :: atomic { row = mine; committed[mine] = true; known = mine; rowLock = FREE; feed!CHANGE(mine) }
#if FENCE && !FENCE_FIRST
     fences++;
#endif
     if
     :: live -> d_step { waits[me] = true; since[me] = sent }
     :: !live ->
#if CLEAR_FIRST
          invalidateAll(); lower()
#else
          lower(); invalidateAll()
#endif
#if FENCE
     :: left++ /* cut off */
#endif
     fi
  fi
}

proctype Sender() {
  byte number;
  do
  :: sent < BARRIERS -> sent++; number = sent; feed!BARRIER(number)
  :: break
  od
}

proctype Feed() {
  byte kind, number, i;
end:
  do
  :: live && nempty(feed) ->
       feed?kind(number);
       if
       :: kind == CHANGE -> invalidateAll()
       :: else ->
            for (i : 0 .. 1) {
              if
              :: waits[i] && (number > since[i] || !LATER_BARRIER) -> waits[i] = false; lower()
              :: else
              fi
            }
       fi
  od
}

proctype Session() {
  byte began, seen;
  bool ok;
  began = generation;
  seen = row;
  isOpen();
  if
  :: ok -> d_step { if :: generation == began -> cache = seen :: else fi }
  :: else
  fi
}

proctype Reader() {
  byte least, value;
  bool ok;
  least = known;
  isOpen();
  if
  :: ok ->
       value = cache;
       if
       :: value != NONE -> assert(committed[value]); assert(value >= least)
       :: else
       fi
  :: else
  fi
}

init {
  atomic {
    committed[0] = true;
    if :: live = true :: live = false fi;
    run Writer(0); run Sender(); run Feed(); run Reader();
    if :: run Writer(1) :: run Session() fi
  }
}
