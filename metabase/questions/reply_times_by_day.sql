-- As reply_times, for each day on which the mails came.
WITH buckets AS (
    SELECT day, at_least, below, sum(replies) AS replies
    FROM v_reply_times
    WHERE true [[AND {{period}}]] [[AND {{mailbox}}]]
    GROUP BY day, at_least, below HAVING sum(replies) > 0
), running AS (
    SELECT *, sum(replies) OVER (PARTITION BY day) AS every,
           sum(replies) OVER (PARTITION BY day ORDER BY at_least) AS upto,
           sum(replies) OVER (PARTITION BY day ORDER BY at_least) - replies AS before
    FROM buckets
)
SELECT day,
       max(at_least * (below / at_least) ^ ((0.5 * every - before) / replies))
           FILTER (WHERE before < 0.5 * every AND upto >= 0.5 * every) AS median,
       max(at_least * (below / at_least) ^ ((0.95 * every - before) / replies))
           FILTER (WHERE before < 0.95 * every AND upto >= 0.95 * every) AS p95
FROM running
GROUP BY day
ORDER BY day
