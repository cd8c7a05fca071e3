-- As accuracy, with the interval (95%) of Wilson for the effective number of mails, (Σ weights)² /
-- Σ weights². The row Σ is of all categories.
WITH checked AS (
    SELECT category, sum(mails) AS checked, sum(mails / probability) AS weight,
           coalesce(sum(mails / probability) FILTER (WHERE is_right), 0) AS right_weight,
           sum(mails / probability ^ 2) AS squares
    FROM v_model_accuracy
    WHERE true [[AND {{period}}]] [[AND {{category}}]] [[AND {{mailbox}}]]
    GROUP BY GROUPING SETS ((), (category))
), estimated AS (
    SELECT coalesce(category, 'Σ') AS category, checked, right_weight / weight AS p,
           weight ^ 2 / squares AS n
    FROM checked
    WHERE checked > 0
)
SELECT category, p AS accuracy,
       greatest((p + 1.9208 / n - 1.96 * sqrt(p * (1 - p) / n + 0.9604 / n ^ 2)) / (1 + 3.8416 / n), 0)
           AS low,
       least((p + 1.9208 / n + 1.96 * sqrt(p * (1 - p) / n + 0.9604 / n ^ 2)) / (1 + 3.8416 / n), 1)
           AS high,
       checked
FROM estimated
ORDER BY category <> 'Σ', category
