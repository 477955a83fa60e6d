/* Visibility: what a feed from the log may tell, and when; what a new slot misses.
 *
 * Modelled: two transactions: each gets a transaction id, its commit record comes into the log, and later, in any order,
 * it becomes visible and so has ended. A feed connects (a slot, a transaction id of its own as the fence, the reset), one
 * thread reads the log from the slot on, another notes how much has arrived, asks for a snapshot, and releases
 * (Visibility, WalStream); two barriers go through the log (FeedLink). A gate that was open before, by an earlier lease.
 * A session that loads; each state of the cache is checked as if it were hit.
 *
 * The transactions change a row each and are alike, so that it is enough to cache and to check the row of the first: the
 * other is there for its id and its record, before, between or behind.
 *
 * Left out: time. A lease is what its barrier has proved; that it ends is gate.pml's matter. The guard's steps: a load is
 * stored if the gate was open and nothing was invalidated since it began, as guard.pml shows. That slot creation waits for
 * most running transactions: it waits for none here, so that more goes wrong than can.
 *
 * Asserted of whatever can be hit: it has the commit, if that was applied, or had ended when the barrier was sent which
 * keeps the gate open.
 */
#ifndef WAIT_VISIBLE
#define WAIT_VISIBLE 1 /* a change is told once a snapshot contains it */
#endif
#ifndef MARK_FIRST
#define MARK_FIRST 1 /* what has arrived is noted before the snapshot is taken */
#endif
#ifndef HOLD_BARRIER
#define HOLD_BARRIER 1 /* a barrier waits for a snapshot that was taken after it had arrived */
#endif
#ifndef FENCE
#define FENCE 1 /* and, at the beginning, for all transactions that had an id before the slot was there */
#endif
#ifndef OWN_ID
#define OWN_ID 1 /* known by an id of the feed's own, not by the highest that has ended */
#endif
#ifndef RESET_CLOSES
#define RESET_CLOSES 1 /* a reset closes the gate, whatever lease it had */
#endif
#ifndef RESET_FLOOR
#define RESET_FLOOR 1 /* and refuses loads that began before */
#endif
#ifndef OPENING_FLOOR
#define OPENING_FLOOR 1 /* the first barrier refuses loads that began before it, and then opens the gate */
#endif

#define NONE 2
#define BARRIER 2 /* in the log: 0 and 1 are transactions, 2 and 3 are barriers */
#define LOG 4

byte log[LOG];
byte logged;
byte nextId = 1;
byte id[2];
bool visible[2];
byte arrived, slot, held;
bool told[LOG], reading;
byte fence;
bool fencePassed, open, beginning;
byte cache = NONE, generation; /* of the first transaction's row: 0 is its old state, 1 the new one */
bool applied;
bool proves[2];                /* whether the commit had ended when a barrier was sent */
bool proved;                   /* the same of the barrier that keeps the gate open */

inline hit() {
  assert(!open || cache == NONE || (cache >= applied && cache >= proved))
}

proctype Transaction(byte t) {
  atomic { id[t] = nextId; nextId++ }
  atomic { log[logged] = t; logged++ }
  atomic { visible[t] = true; hit() }
}

inline invalidate() {
  generation++; cache = NONE
}

proctype Side() {
  byte mark, i, xmin, what;
  bool seen[2];
  d_step { slot = logged; arrived = slot }
  d_step {
#if OWN_ID
    fence = nextId; nextId++
#else
    fence = 1;
    if :: visible[0] && id[0] >= fence -> fence = id[0] + 1 :: else fi;
    if :: visible[1] && id[1] >= fence -> fence = id[1] + 1 :: else fi
#endif
  }
#if RESET_CLOSES
  open = false;
#endif
#if RESET_FLOOR
  generation++;
#endif
  d_step { cache = NONE; beginning = true; reading = true }
end:
  do
  :: held > 0 ->
#if MARK_FIRST
       mark = arrived;
#endif
       d_step { /* pg_current_snapshot() */
         seen[0] = visible[0]; seen[1] = visible[1];
         xmin = nextId;
         if :: id[0] > 0 && !seen[0] && id[0] < xmin -> xmin = id[0] :: else fi;
         if :: id[1] > 0 && !seen[1] && id[1] < xmin -> xmin = id[1] :: else fi;
         if :: xmin >= fence || !FENCE -> fencePassed = true :: else fi;
         xmin = 0
       }
#if !MARK_FIRST
       mark = arrived;
#endif
       do
       :: d_step { /* the next that may go, and telling it */
            what = BARRIER + 2; i = slot;
            do
            :: i < arrived && what == BARRIER + 2 ->
                 if
                 :: !told[i] && log[i] >= BARRIER && (!HOLD_BARRIER || i < mark) && fencePassed ->
                      what = log[i]; told[i] = true
                 :: !told[i] && log[i] < BARRIER && (!WAIT_VISIBLE || seen[log[i]]) ->
                      what = log[i]; told[i] = true
                 :: else
                 fi;
                 i++
            :: else -> break
            od;
            i = 0;
            if
            :: what == 0 -> held--; invalidate(); applied = true
            :: what == 1 -> held--
            :: what >= BARRIER && what < BARRIER + 2 ->
                 held--;
#if OPENING_FLOOR
                 if :: beginning -> generation++ :: else fi;
#endif
                 beginning = false; open = true; proved = proves[what - BARRIER]; hit()
            :: else
            fi
          }
          if
          :: what == BARRIER + 2 -> break
          :: else
          fi
       od;
       skip;
       d_step { mark = 0; seen[0] = 0; seen[1] = 0; what = 0 }
  od
}

proctype Log() {
end:
  do
  :: atomic { reading && arrived < logged -> arrived++; held++ }
  od
}

proctype Beat() {
  atomic { reading -> proves[0] = visible[0] } /* its moment */
  d_step { log[logged] = BARRIER; logged++ }
  proves[1] = visible[0];
  d_step { log[logged] = BARRIER + 1; logged++ }
}

proctype Session() {
  byte began, seen;
  d_step { began = generation; seen = visible[0] }
  if
  :: open ->
       atomic {
         if
         :: generation == began -> cache = seen; hit()
         :: else
         fi
       }
  :: else
  fi;
  skip;
  d_step { began = 0; seen = 0 }
}

init {
  atomic {
    open = true;
    run Transaction(0); run Transaction(1); run Side(); run Log(); run Beat(); run Session()
  }
}
