import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.wire.message.MongoMessage;
import io.netty.channel.Channel;
import java.util.List;
import org.h2.mvstore.MVStore;

/**
 * A server that speaks MongoDB's protocol on a free port of 127.0.0.1. It prints the port. Its one argument is the path
 * of the H2 file in which it stores. It ends when its standard input ends, so it cannot outlive the tests.
 */
final class MongoStandIn {
    public static void main(String[] args) throws Exception {
        var server = new MongoServer(new DurableBackend(args[0]).version(new OldestForDriver()));
        System.out.println(server.bind().getPort());
        while (System.in.read() >= 0) {
            // The tests send nothing. Only the end of the stream has a meaning.
        }
        // An orderly end of Netty would take most of a second, and every acknowledged write is in the file already.
        System.exit(0);
    }

    /**
     * By default H2 writes to its file about once a second. A kill would then lose acknowledged inserts, or keep a key
     * in the unique index without its document. Here it writes after each command, before the answer.
     */
    private static final class DurableBackend extends H2Backend {
        /** In MiB. With H2's default, 16, ten thousand documents take twice the time. */
        private static final int CACHE_MB = 256;

        DurableBackend(String file) {
            super(new MVStore.Builder().fileName(file).autoCommitDisabled().cacheSize(CACHE_MB).open());
        }

        @Override
        public synchronized Document handleMessage(MongoMessage message) {
            try {
                return super.handleMessage(message);
            } finally {
                if (getMvStore().hasUnsavedChanges()) {
                    commit();
                }
            }
        }

        @Override
        public Document handleCommand(Channel channel, String database, String command, Document query) {
            if (!command.equals("hello")) {
                return super.handleCommand(channel, database, command, query);
            }
            // The server knows only the old name of this command.
            return super.handleCommand(channel, database, "isMaster", query).append("isWritablePrimary", true);
        }
    }

    /** The driver refuses servers older than MongoDB 4.4, and this one reports a version that is too old. */
    private static final class OldestForDriver implements MongoVersion {
        @Override
        public List<Integer> getVersionArray() {
            return List.of(4, 4, 0);
        }

        @Override
        public int getWireVersion() {
            return 9;
        }
    }
}
