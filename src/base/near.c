/* near.c: the word that was probably meant. */
#include "base/near.h"

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

unsigned near_distance(str a, str b)
{
    unsigned rows[3][NEAR_MAX + 1]; /* the row before the last, the last one, this one; in turn */
    size_t longer = a.n > b.n ? a.n : b.n;
    unsigned allowed = longer < 6 ? 1 : longer < 9 ? 2 : 3;

    if (longer > NEAR_MAX)
        return NEAR_FAR;
    for (unsigned k = 0; k <= b.n; k++)
        rows[0][k] = k;
    for (size_t i = 1; i <= a.n; i++) {
        unsigned *row = rows[i % 3], *last = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];

        row[0] = (unsigned)i;
        for (size_t k = 1; k <= b.n; k++) {
            row[k] = least(least(last[k], row[k - 1]) + 1, last[k - 1] + (a.p[i - 1] != b.p[k - 1]));
            if (i > 1 && k > 1 && a.p[i - 1] == b.p[k - 2] && a.p[i - 2] == b.p[k - 1])
                row[k] = least(row[k], before[k - 2] + 1);
        }
    }
    return rows[a.n % 3][b.n] <= allowed ? rows[a.n % 3][b.n] : NEAR_FAR;
}
