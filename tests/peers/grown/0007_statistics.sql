-- The rest is counted by triggers; one change waits to be added up.
UPDATE events SET true_label = 'pedido' WHERE id = 6;
