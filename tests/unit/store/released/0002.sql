INSERT INTO placebo (service_id, end_ms, start_ms, plan, pod, placebo_pods, pods, requests, all_requests,
                     log_gm, log_r5, log_r15, log_r60, rolled_back) VALUES
    (1, 1700000060000, 1700000000000, 'p', 'reviews-1', 1, 4, 10, 40, 0.5, 0.25, 0.125, 0.0625, 0);
