import { Counter } from 'prom-client';
import type { MetricsRegistry } from './metrics-registry.service.js';

/** Counts what users think of answers. */
export class FeedbackMetrics {
  private readonly given;

  constructor({ own }: MetricsRegistry) {
    this.given = new Counter({
      name: 'tollgate_feedback_total',
      help: 'Ratings that users gave to answers, also in place of earlier ones',
      labelNames: ['rating'],
      registers: [own],
    });
  }

  feedbackGiven(rating: 'up' | 'down'): void {
    this.given.inc({ rating });
  }
}
