/* The mailbox word of a lone worker's process (detail/process.hpp, delivery.hpp): that worker alone
 * touches it, by plain loads and stores, and everybody else leaves his envelope as mail, under a mutex.
 *
 * Process 1, of runtime 1, whose worker may be alone or not, ends; its slot becomes process 2's, of the
 * lone runtime 2. Meanwhile a plain thread sends envelope 1 to process 1; and the worker of runtime 1,
 * when process 1 has ended, sends envelope 2 to it or to process 2. What is in the mailbox model, and in that of
 * the slots, is here as it is in the code, without its weakenings.
 *
 * Invariants
 *   exactly once  each envelope is taken once, or its sender hears that nobody is there
 *   published     who takes it sees it as its sender left it (NODE)
 *   no loss       when nothing moves any more, each has been
 *
 * Steps: lone.push.look, lone.push.serial
 */
#define THREADS 3
#define ATOMS 2
#define WORD 0
#define SERIAL 1
#define NODE(e) (1 + (e))
#define LOCS 4
#include "memory.pml"

#define OPEN 1
#define RUN 2
#define LONE 4
#define BITS 7
#define HEAD(w) ((w) >> 3)

byte next_of[3];
bool ended[3];
bool mail[3];      /* envelope 1 for process 1, envelope 2 for process 2 */
bool closed[3];    /* process 1: mail comes too late */
bool is_free;
bool sent[3];
hidden byte h_e;

inline end_of(me, e) {
  assert(AGE(me, NODE(e)) == 0 && !ended[e]); /* published, exactly once */
  grow_older(me, NODE(e));
  ended[e] = true
}

inline handle_all(me, w) {
  d_step {
    h_e = HEAD(w);
    do :: h_e != 0 -> end_of(me, h_e); h_e = next_of[h_e] :: else -> break od;
    m_i = 0
  }
}

/* Under a mutex, to the worker of process `to`, which is thread `to` - 1: as mail, or too late. */
inline post(me, e, to) {
  d_step {
    if
    :: closed[to] -> end_of(me, e)
    :: else ->
       mail[e] = true;
       m_k = 0;
       do :: m_k < LOCS -> YOUNGER(AGE(to - 1, m_k), AGE(me, m_k)); m_k++ :: else -> break od
    fi;
    m_i = 0; m_k = 0
  }
}

inline fetch(me, e, w) { /* plain: nobody else touches the word */
  if
  :: mail[e] ->
     mail[e] = false;
     load(me, WORD, 0, w);
     next_of[e] = HEAD(w);
     store(me, WORD, (e << 3) | (w & BITS), 0);
     w = 0
  :: else
  fi
}

/* `at_home`: by the worker of the addressee's runtime. */
inline push(me, e, at_home, to, w, o, ok) {
  touch(me, NODE(e));
  load(me, WORD, 0, w);
  do
  :: w == 0 -> d_step { end_of(me, e); m_i = 0 }; break
  :: w != 0 && (w & LONE) != 0 && !WEAK_lone_push_look ->
     /* step: lone.push.look */
     if
     :: at_home ->
        /* step: lone.push.serial: exact, since this thread alone runs and ends its processes */
        load(me, SERIAL, 0, o);
        if
        :: o != to && !WEAK_lone_push_serial -> d_step { end_of(me, e); m_i = 0 }
        :: else ->
           next_of[e] = HEAD(w);
           store(me, WORD, (e << 3) | (w & BITS), 0)
        fi
     :: else -> post(me, e, to)
     fi;
     break
  :: else ->
     next_of[e] = HEAD(w);
     compare_exchange(me, WORD, w, (e << 3) | (w & BITS), 1, 1, 0, ok);
     if :: ok -> break :: else fi
  od;
  atomic { w = 0; o = 0; ok = false; sent[e] = true }
}

active proctype runtime_1() {
  byte w, o;
  bool ok, lone;
  if :: lone = true :: lone = false fi;
  atomic { store(0, SERIAL, 1, 0); store(0, WORD, OPEN | RUN | (lone -> LONE : 0), 1) }
  if
  :: lone ->
     fetch(0, 1, w);
     load(0, WORD, 0, w); /* take */
     store(0, WORD, OPEN | RUN | LONE, 0);
     handle_all(0, w);
     closed[1] = true;
     fetch(0, 1, w);
     load(0, WORD, 0, w); /* close */
     store(0, WORD, 0, 1)
  :: else ->
     exchange(0, WORD, OPEN | RUN, 1, 0, w);
     handle_all(0, w);
     exchange(0, WORD, 0, 1, 1, w);
     closed[1] = true
  fi;
  handle_all(0, w);
  w = 0;
  store(0, SERIAL, 0, 0);
  hand_over_all(0, 1);
  is_free = true;
  if
  :: push(0, 2, true, 1, w, o, ok)
  :: push(0, 2, false, 2, w, o, ok)
  fi
}

active proctype plain_thread() {
  byte w, o;
  bool ok;
  push(2, 1, false, 1, w, o, ok)
}

active proctype runtime_2() {
  byte w;
  byte turns = 2;
  is_free;
  store(1, SERIAL, 2, 0);
  store(1, WORD, OPEN | RUN | LONE, 1);
  do
  :: turns > 0 || (sent[1] && sent[2]) ->
     if :: turns > 0 -> turns-- :: else -> turns = 9 fi;
     fetch(1, 2, w);
     load(1, WORD, 0, w);                          /* take */
     store(1, WORD, OPEN | RUN | LONE, 0);
     handle_all(1, w);
     load(1, WORD, 0, w);                          /* become idle, unless something was pushed */
     if :: HEAD(w) == 0 -> store(1, WORD, OPEN | LONE, 0) :: else fi;
     w = 0;
     if :: turns == 9 -> break :: else fi
  od
}

active proctype nothing_moves() {
  timeout;
  assert(ended[1] && ended[2]) /* no loss */
}
