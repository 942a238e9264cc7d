/* posternd.c: the daemon. */
#include "programs/daemon.h"

int main(int count, char **arguments)
{
    return daemon_main(count, arguments);
}
