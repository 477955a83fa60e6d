/* A relay, its successor, and a node that follows them over a broker (Relay, Term, Outbox, Follower).
 *
 * Modelled: a log with the commit of a row; the slot, which one relay at a time reads, from the place that was
 * acknowledged last; two relays, one after the other, each with an epoch and numbered messages (what it is and from where
 * it tells everything, the change, a place that was reached, an answer); a relay may end at any moment, and what it had
 * still to send is sent at any later time, or never; the broker, which takes a message, confirms it, and brings it to the
 * node or loses it; a table that is out of the publication for a moment, so that the commit is told to nobody and the
 * signature is another; a node's requests, which may be overheard; the node (Follower.received, beginRelay, goesOn,
 * apply), which may take whom it follows for silent at any time. At the beginning the node follows the first relay, and
 * the row is cached.
 *
 * Made small: the node loads the row as soon as it may, since what is loaded later is only younger; what the broker takes
 * is with the node at once, since what comes later finds the relays no other, and lets younger rows be loaded. That a
 * relay dies between the broker's confirmation and its own acknowledgement is the same as that it died before.
 *
 * Left out: publishing nodes; refused relays; loads that are slow, which guard.pml and visibility.pml have; when a commit
 * is visible; time: a lease never ends here, so that what its barrier has proved must be true for ever.
 *
 * Asserted of whatever can be hit: it has the commit, if that had ended when the request was sent whose answer keeps the
 * gate open. And of a node that has missed nothing: a successor that does not tell from the beginning goes on where the
 * node is, and nothing is cleared.
 *
 * With -DOTHER=1 the log has a second commit, of something else, before or behind. That is too much for every build:
 * with -DREQUESTS=1 it has 13 million states, and no error.
 */
#ifndef SEQUENCE
#define SEQUENCE 1 /* a hole in the numbers is a reset */
#endif
#ifndef EPOCH
#define EPOCH 1 /* another epoch is another stream: its numbers are its own */
#endif
#ifndef PLACE
#define PLACE 1 /* a successor is followed without a reset only if it tells from a place that the node has reached */
#endif
#ifndef FROM_FIRST
#define FROM_FIRST 1 /* and only from its first message on */
#endif
#ifndef SIGNATURE
#define SIGNATURE 1 /* and only if the same is tracked in the same way */
#endif
#ifndef PLACE_BEHIND
#define PLACE_BEHIND 1 /* a place is told behind the changes up to it */
#endif
#ifndef TRUE_ANSWER
#define TRUE_ANSWER 1 /* a request is answered behind a barrier that was sent after it had come */
#endif
#ifndef FROM_REQUEST
#define FROM_REQUEST 1 /* the lease counts from the request, not from the coming of the answer */
#endif
#ifndef ACK_CONFIRMED
#define ACK_CONFIRMED 1 /* a place is acknowledged to the slot once the broker has it */
#endif

#define NONE 3
#define WAITING 2 /* messages that a relay has said and the broker does not have, at most */
#ifndef OTHER
#define OTHER 0
#endif
#ifndef REQUESTS
#define REQUESTS 2
#endif
#define WHAT 0
#define CHANGE 1
#define REACHED 2
#define ANSWER 3

/* the database */
byte logged, ours; /* commits so far; which of them was the row's, 0 if it is still to come */
bool untold, signature;
byte slot, reader, epoch; /* the acknowledged place; who reads; who has begun last */

/* what relays have said and the broker does not have */
chan out0 = [WAITING] of { byte, byte, byte };
chan out1 = [WAITING] of { byte, byte, byte };

/* the node: it follows the first relay, its gate is open, and the row is cached */
byte request, followed, sequence = 1, known; /* the place that it has reached */
bool open = true, cache, tracked, missed;
bool proves[REQUESTS + 1]; /* whether the row's commit had ended when it asked */
bool proved;               /* the same of the request whose answer keeps the gate open */

inline hit() {
  assert(!open || cache >= proved)
}

proctype Database() {
  do
  :: ours == 0 -> atomic { logged++; ours = logged; if :: untold = true; signature = true :: skip fi }
  :: OTHER && logged == (ours > 0) -> logged++
  :: break
  od
}

proctype Relay(byte me; chan out) {
  byte number, from, cursor, told, asked, answered, need;
  bool mine, again;
  if
  :: me == 0 -> number = 1 /* it has said what it is */
  :: else ->
       atomic {
         epoch < me && reader == NONE -> epoch = me; reader = me;
         mine = signature; from = slot; cursor = slot; told = slot;
         number = 1; out!1,WHAT,(from + 4 * mine)
       }
  fi;
  do
  :: atomic { cursor < logged && nfull(out) ->
       cursor++;
#if !ACK_CONFIRMED
       slot = cursor;
#endif
#if !PLACE_BEHIND
       number++; out!number,REACHED,cursor; told = cursor
     }
     atomic { nfull(out) ->
#endif
       if :: ours == cursor && !untold -> number++; out!number,CHANGE,0 :: else fi
     }
  :: atomic { told < cursor && nfull(out) -> told = cursor; number++; out!number,REACHED,cursor }
  :: atomic { missed && !again && nfull(out) -> again = true; number++; out!number,WHAT,(from + 4 * mine) }
  :: atomic { asked == answered && request > asked ->
       asked = request; need = logged;
       if :: signature != mine -> break :: else fi
     }
  :: atomic { asked > answered && (cursor >= need || !TRUE_ANSWER) && nfull(out) ->
       answered = asked; number++; out!number,ANSWER,asked
     }
  :: break
  od;
  skip;
  d_step {
    reader = NONE;
    number = 0; from = 0; cursor = 0; told = 0; asked = 0; answered = 0; need = 0; mine = 0; again = 0
  }
}

inline reset() {
  open = false; cache = false
}

inline barrier(number) {
  proved = proves[number];
#if !FROM_REQUEST
  proved = ours > 0;
#endif
  if :: !open -> open = true; cache = ours > 0 :: else fi;
  hit()
}

/* the broker has taken a message: who still reads acknowledges its place; the node gets it, or never does */
proctype Bus() {
  byte e, number, kind, what;
  bool goesOn;
end:
  do
  :: atomic {
       if
       :: out0?number,kind,what -> e = 0
       :: out1?number,kind,what -> e = 1
       fi;
       if :: ACK_CONFIRMED && kind == REACHED && reader == e -> slot = what :: else fi;
       if
       :: (followed == e || kind == WHAT || !EPOCH) -> missed = true; goto passed
       :: skip
       fi;
       if
       :: followed == e || !EPOCH ->
            if
            :: number <= sequence -> goto passed
            :: number > sequence + 1 && SEQUENCE -> reset()
            :: else
            fi
       :: else ->
            if :: kind != WHAT -> goto passed :: else fi;
            if
            :: e < followed ->
                 if
                 :: goto passed
                 :: missed = true /* the one that it follows is silent */
                 fi
            :: else
            fi;
            goesOn = known != NONE;
            if :: FROM_FIRST && number != 1 -> goesOn = false :: else fi;
            if :: SIGNATURE && tracked != (what >= 4) -> goesOn = false :: else fi;
            if :: PLACE && (known == NONE || known < (what & 3)) -> goesOn = false :: else fi;
            assert(goesOn || missed || (what & 3) == 0 || tracked != (what >= 4));
            if :: !goesOn -> known = NONE; reset() :: else fi;
            followed = e; tracked = what >= 4
       fi;
       if
       :: kind == CHANGE && open -> cache = ours > 0
       :: kind == REACHED -> known = what
       :: kind == ANSWER -> barrier(what)
       :: else
       fi;
       sequence = number;
passed:
       e = 0; number = 0; kind = 0; what = 0; goesOn = false
     }
  od
}

proctype Asking() {
  do
  :: request < REQUESTS -> atomic { request++; proves[request] = ours > 0 }
  :: break
  od
}

init {
  atomic {
    run Database(); run Relay(0, out0); run Relay(1, out1); run Bus(); run Asking()
  }
}
