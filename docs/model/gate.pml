/* Gate: bounded staleness, whatever hangs, dies or loses messages.
 *
 * Modelled, in discrete time: a row that others change; a feed that tells of it (PostgresFeed, FeedRun, FeedLink) and
 * whose connection may at any moment fall silent for good, so that messages vanish, until the feed begins anew; triggers
 * that are dropped and put back, so that a commit is told to nobody; barriers, of which the time is noted, then the
 * triggers are compared with those of the beginning, then the barrier is sent behind the changes; a reader who notes the
 * lease, reads the store, and asks (FreshetRegion.get, Gate); a session that loads. Any of them may be stopped for any
 * time between two steps: that is what not being scheduled means here.
 *
 * Left out: the guard's steps, which guard.pml has: here a load is stored if nothing was invalidated since it began.
 * When a commit is visible, and what a new slot may miss, is visibility.pml's matter. Clocks run at one speed.
 *
 * Asserted: a value served at time t reflects every commit that had ended by t - LEASE.
 */
#ifndef LEASE_ENDS
#define LEASE_ENDS 1 /* the gate closes by itself */
#endif
#ifndef FROM_SENDING
#define FROM_SENDING 1 /* the lease counts from the sending of the barrier, not from its return */
#endif
#ifndef BEHIND
#define BEHIND 1 /* a barrier comes behind the changes that were told before it */
#endif
#ifndef WATCH
#define WATCH 1 /* before a barrier is sent, what tells of changes is found as it was */
#endif
#ifndef NOTE_FIRST
#define NOTE_FIRST 1 /* the lease is noted before the store is read */
#endif
#ifndef ASK_AFTER
#define ASK_AFTER 1 /* and asked after it */
#endif
#ifndef RESET_CLEARS
#define RESET_CLEARS 1 /* a new beginning clears */
#endif
#ifndef RESET_FLOOR
#define RESET_FLOOR 1 /* and refuses loads that began before */
#endif
#ifndef LISTEN_FIRST
#define LISTEN_FIRST 1 /* the stream is open before what is cached is cleared */
#endif

#define NONE 255
#define NEVER 0
#define LEASE 2
#define LAST 4
#define COMMITS 1
#define CHANGE 0
#define BARRIER 1

byte time = 1;
byte row;
byte ended[COMMITS + 1];
byte cache, generation;
byte until = 1 + LEASE; /* by a barrier sent at 1 */
bool listening = true, tracked = true, resetting;
byte signature, begun;
chan feed = [2] of { byte, byte };

proctype Clock() {
end:
  do
  :: time < LAST -> time++
  od
}

proctype Database() {
  atomic {
    row++; ended[row] = time;
    if
    :: listening && tracked && len(feed) < 2 -> feed!CHANGE(0)
    :: else
    fi
  }
}

proctype Faults() {
  do
  :: listening -> listening = false; break
  :: atomic { tracked -> tracked = false; signature++ }
     atomic { tracked = true; signature++ }
     break
  :: break
  od
}

inline grant() {
  d_step {
#if !FROM_SENDING
    sent = time;
#endif
    if :: sent + LEASE > until -> until = sent + LEASE :: else fi
  }
}

/* the listening thread: what it has taken and not applied yet might as well not have come yet */
proctype Listener() {
  byte kind, sent;
end:
  do
  :: atomic {
       len(feed) > 0 && !resetting -> feed?kind(sent);
       if
       :: kind == CHANGE -> generation++; cache = NONE
       :: else -> grant()
       fi;
       kind = 0; sent = 0
     }
  od
}

inline reset() {
  resetting = true;
  d_step { do :: len(feed) > 0 -> feed?_,_ :: else -> break od }
#if LISTEN_FIRST
  atomic { listening = true; begun = signature }
#endif
  until = NEVER;
#if RESET_FLOOR
  generation++;
#endif
#if RESET_CLEARS
  cache = NONE;
#endif
#if !LISTEN_FIRST
  atomic { listening = true; begun = signature }
#endif
  resetting = false
}

/* the side thread: barriers, and new beginnings */
proctype Side() {
  byte sent, barriers, resets;
  do
  :: barriers < 2 ->
       d_step { barriers++; sent = time }
#if WATCH
       if
       :: signature != begun || !tracked -> goto anew
       :: else
       fi;
#endif
#if BEHIND
       atomic { if :: listening && len(feed) < 2 -> feed!BARRIER(sent) :: else fi }
#else
       if :: listening -> grant() :: else fi
#endif
  :: resets < 1 && !listening ->
anew:
       resets++;
       tracked;
       reset()
  :: break
  od
}

proctype Session() {
  byte began, seen;
  d_step { began = generation; seen = row }
  if
  :: time < until -> d_step { if :: generation == began -> cache = seen :: else fi }
  :: else
  fi;
  d_step { began = 0; seen = 0 }
}

proctype Reader() {
  byte lease, value, v;
#if NOTE_FIRST
  lease = until;
#if !ASK_AFTER
  if :: time >= lease -> goto end :: else fi;
#endif
#endif
  value = cache;
  if :: value == NONE -> goto end :: else fi;
#if !NOTE_FIRST
  lease = until;
#endif
  atomic {
#if ASK_AFTER
#if LEASE_ENDS
    if :: time >= lease -> goto end :: else fi;
#else
    if :: lease == NEVER -> goto end :: else fi;
#endif
#endif
    for (v : value + 1 .. row) { assert(ended[v] + LEASE > time) }
  }
end:
  skip;
  d_step { lease = 0; value = 0; v = 0 }
}

init {
  atomic {
    run Clock(); run Database(); run Faults(); run Listener(); run Side(); run Reader();
    if :: true :: cache = NONE; run Session() fi
  }
}
