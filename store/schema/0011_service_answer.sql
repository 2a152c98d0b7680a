-- The same of one service: its page asks for its stops among years of holds.

CREATE INDEX verdict_by_service_answer ON verdict (service_id, verdict, ulid)
    WHERE verdict <> 'hold';
