/* Memory as C++ promises it, for the models of this folder: what a thread knows of other threads'
 * writes is only what it has acquired.
 *
 * Of each atomic location the last AGES writes are remembered. A thread has, for each location, an
 * age: it may read that write or any newer one (0: only the newest). A write carries the ages that
 * its writer had, if it is a release; an acquiring read of it takes them over. A read-modify-write
 * reads the newest write, and carries on what that one carried (a release sequence). A seq_cst
 * fence exchanges ages with all earlier such fences. Writes of one location are ordered as they
 * happen: what hardware cannot do anyway, a write that slips in before an older one, is left out,
 * and so are reads of the future.
 *
 * A location that is not atomic has ages, too. Whoever touches it must know of the touch before, or
 * there is a data race: an assertion fails.
 *
 * The including model defines THREADS, ATOMS (atomic locations, numbered from 0), LOCS (these and
 * the plain ones, numbered after them) and may define AGES.
 */
#ifndef AGES
#define AGES 3
#endif
#define OLDEST (AGES - 1)
#define AGE(t, l) age[(t) * LOCS + (l)]
#define VALUE(l, a) value[(l) * AGES + (a)]
#define CARRIES(l, a, k) carries[((l) * AGES + (a)) * LOCS + (k)]

byte value[ATOMS * AGES];
byte carries[ATOMS * AGES * LOCS];
byte age[THREADS * LOCS];
byte fenced[LOCS];
byte pick;
hidden byte m_i;
hidden byte m_k;

/* Inside d_step: `a` takes over what is younger in `b`. */
#define YOUNGER(a, b) if :: (b) < (a) -> a = b :: else fi

inline forget(l) { /* what nobody can read any more is the same for everyone */
  m_k = 0; m_i = 0;
  do :: m_i < THREADS -> if :: AGE(m_i, l) > m_k -> m_k = AGE(m_i, l) :: else fi; m_i++
     :: else -> break od;
  m_k++;
  do :: m_k < AGES ->
        VALUE(l, m_k) = 0; m_i = 0;
        do :: m_i < LOCS -> CARRIES(l, m_k, m_i) = 0; m_i++ :: else -> break od;
        m_k++
     :: else -> break od
}

inline grow_older(t, l) {
  m_i = 0;
  do :: m_i < THREADS -> if :: AGE(m_i, l) < OLDEST -> AGE(m_i, l)++ :: else fi; m_i++
     :: else -> break od;
  m_i = 0;
  do :: m_i < ATOMS * AGES ->
        if :: carries[m_i * LOCS + (l)] < OLDEST -> carries[m_i * LOCS + (l)]++ :: else fi; m_i++
     :: else -> break od;
  if :: fenced[l] < OLDEST -> fenced[l]++ :: else fi;
  AGE(t, l) = 0
}

inline see(t, l, a, acquires) {
  AGE(t, l) = a;
  if :: (acquires) ->
        m_k = 0;
        do :: m_k < LOCS -> YOUNGER(AGE(t, m_k), CARRIES(l, a, m_k)); m_k++ :: else -> break od
     :: else fi
}

inline append(t, l, v, releases, continues) {
  grow_older(t, l);
  m_i = OLDEST;
  do :: m_i > 0 ->
        VALUE(l, m_i) = VALUE(l, m_i - 1); m_k = 0;
        do :: m_k < LOCS -> CARRIES(l, m_i, m_k) = CARRIES(l, m_i - 1, m_k); m_k++
           :: else -> break od;
        m_i--
     :: else -> break od;
  VALUE(l, 0) = v; m_k = 0;
  do :: m_k < LOCS ->
        if :: (releases) -> CARRIES(l, 0, m_k) = AGE(t, m_k)
           :: else -> CARRIES(l, 0, m_k) = OLDEST fi;
        if :: (continues) -> YOUNGER(CARRIES(l, 0, m_k), CARRIES(l, 1, m_k)) :: else fi;
        m_k++
     :: else -> break od;
  CARRIES(l, 0, l) = 0;
  forget(l)
}

/* ---- what the models use; `acquires` and `releases` are 0 or 1 */

inline load(t, l, acquires, result) {
  atomic {
    pick = AGE(t, l);
    do :: pick > 0 -> pick-- :: break od;
    d_step { see(t, l, pick, acquires); result = VALUE(l, pick); forget(l); pick = 0 }
  }
}

inline store(t, l, v, releases) { d_step { append(t, l, v, releases, 0); m_i = 0 } }

inline exchange(t, l, v, acquires, releases, result) {
  d_step { see(t, l, 0, acquires); result = VALUE(l, 0); append(t, l, v, releases, 1); m_i = 0 }
}

inline fetch_or(t, l, bits, acquires, releases, result) {
  d_step { see(t, l, 0, acquires); result = VALUE(l, 0); append(t, l, result | (bits), releases, 1); m_i = 0 }
}

inline fetch_add(t, l, n, acquires, releases) {
  d_step { see(t, l, 0, acquires); append(t, l, VALUE(l, 0) + (n), releases, 1); m_i = 0 }
}

/* Fails, reading any value that is not the expected one, into `expected`; relaxed then, unless
 * `fail_acquires`. */
inline compare_exchange(t, l, expected, v, acquires, releases, fail_acquires, result) {
  atomic {
    if
    :: VALUE(l, 0) == expected ->
       d_step { see(t, l, 0, acquires); append(t, l, v, releases, 1); result = true }
    :: else ->
       pick = AGE(t, l);
       do :: pick > 0 -> pick-- :: break od;
       if
       :: VALUE(l, pick) != expected ->
          d_step { see(t, l, pick, fail_acquires); expected = VALUE(l, pick); forget(l); pick = 0;
                   result = false }
       :: else -> /* the same value, older: the next write is read */
          d_step { see(t, l, 0, fail_acquires); expected = VALUE(l, 0); forget(l); pick = 0;
                   result = false }
       fi
    fi
  }
}

/* An exclusive use of a location that is not atomic. */
inline touch(t, l) { d_step { assert(AGE(t, l) == 0); grow_older(t, l) } }

inline fence(t) {
  d_step {
    m_k = 0;
    do :: m_k < LOCS -> YOUNGER(AGE(t, m_k), fenced[m_k]); fenced[m_k] = AGE(t, m_k); m_k++
       :: else -> break od;
    m_k = 0
  }
}

/* A mutex, or any other hand-over that is not modelled, from `from` to `to`. */
inline hand_over_all(from, to) {
  d_step {
    m_k = 0;
    do :: m_k < LOCS -> YOUNGER(AGE(to, m_k), AGE(from, m_k)); m_k++ :: else -> break od;
    m_k = 0
  }
}
