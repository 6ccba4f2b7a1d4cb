import java.util.List;

/** Where and as whom the scenarios are played; written by the test as JSON. */
final class Stage {
    public String base;
    public String authority;
    public String pkcs12;
    public String password;
    public String participant;
    public String now;
    public String market;
    public List<String> postedMarkets;
    public String unposted;
    public Wire.Bid bid;
    public Wire.Bid offer;
}
