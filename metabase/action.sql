UPDATE events SET true_label = {{true_label}} WHERE id = {{id}}
