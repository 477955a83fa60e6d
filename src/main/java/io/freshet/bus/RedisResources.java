package io.freshet.bus;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.lettuce.core.metrics.CommandLatencyRecorder;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Lettuce's threads, shared by all connections of the process: they come with the first and end
 * with the last. Thread-safe.
 */
final class RedisResources {

  private static final int THREADS = 2;
  private static final Object LOCK = new Object();

  @GuardedBy("LOCK")
  private static @Nullable ClientResources shared;

  @GuardedBy("LOCK")
  private static int users;

  private RedisResources() {}

  static ClientResources acquire() {
    synchronized (LOCK) {
      ClientResources resources = shared;
      if (resources == null) {
        resources =
            DefaultClientResources.builder()
                .ioThreadPoolSize(THREADS)
                .computationThreadPoolSize(THREADS)
                .commandLatencyRecorder(CommandLatencyRecorder.disabled())
                .build();
        shared = resources;
      }
      users++;
      return resources;
    }
  }

  /**
   * Gives back what was acquired.
   *
   * @return completed once threads that nobody uses any more have ended
   */
  static CompletableFuture<Boolean> release() {
    ClientResources unused;
    synchronized (LOCK) {
      users--;
      if (users > 0) {
        return CompletableFuture.completedFuture(true);
      }
      unused = shared;
      shared = null;
    }
    CompletableFuture<Boolean> ended = new CompletableFuture<>();
    if (unused == null) {
      throw new IllegalStateException("released without having been acquired");
    }
    unused
        .shutdown(0, 1, TimeUnit.SECONDS)
        .addListener(future -> ended.complete(future.isSuccess()));
    return ended;
  }
}
